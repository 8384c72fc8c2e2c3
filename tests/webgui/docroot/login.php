<?php

/** A login like the webGUI's: a session, and everything else behind it. */

declare(strict_types=1);

session_start();
if (($_POST['password'] ?? '') === 'secret') {
    $_SESSION['unraid_login'] = time();
    header('Location: /Uma');
    exit;
}
?>
<!DOCTYPE html>
<html lang="en">
<title>Login</title>
<form method="POST" action="/login"><input name="password" type="password"><button>Login</button></form>
</html>
