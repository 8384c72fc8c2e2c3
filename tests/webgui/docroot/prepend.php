<?php

/** Runs before every script, as the webGUI's local_prepend.php does: no POST without csrf_token, which it takes away. */

declare(strict_types=1);

chdir($_SERVER['DOCUMENT_ROOT']);
session_set_cookie_params(['samesite' => 'Strict', 'httponly' => true]);
if ($_SERVER['REQUEST_METHOD'] === 'POST' && $_SERVER['SCRIPT_NAME'] !== '/login.php') {
    $token = parse_ini_file(getenv('UMA_ROOT') . '/var/local/emhttp/var.ini')['csrf_token'];
    if (!hash_equals($token, $_POST['csrf_token'] ?? '')) {
        // Up to Unraid 7.3 that is all: an empty answer with status 200.
        exit;
    }
    unset($_POST['csrf_token']);
}
