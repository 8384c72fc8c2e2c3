<?php

/** The page of a plugin, as the webGUI's own template would show it: /Uma, /Dashboard, /Settings/UmaSettings. */

declare(strict_types=1);

$docroot = $_SERVER['DOCUMENT_ROOT'];
$display = parse_ini_file("$docroot/dynamix.cfg");
$mytiles = [];
$var = parse_ini_file(getenv('UMA_ROOT') . '/var/local/emhttp/var.ini');
$name = basename(strtok($_SERVER['REQUEST_URI'], '?'));
$file = "$docroot/plugins/uma/" . ($name === 'Dashboard' ? 'UmaDash' : $name) . '.page';
[$header, $text] = explode("\n---\n", (string) file_get_contents($file), 2);
?>
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<link rel="icon" href="data:,">
<title>Tower/<?= htmlspecialchars($name) ?></title>
<style>
/* The webGUI's black theme: its own links have too little contrast. */
body { background: #262626; color: #f2f2f2; }
a { color: #486dba; }
</style>
<script>
var csrf_token = "<?= $var['csrf_token'] ?>";
const done = () => location.assign("/Settings");
const swal = ({ title, text }) => { document.getElementById("alert").textContent = `${title}: ${text}`; };
document.addEventListener("DOMContentLoaded", () => {
  for (const form of document.forms) {
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name: "csrf_token", value: csrf_token });
    form.append(field);
    form.addEventListener("change", () => { form.querySelector('[name="#apply"]').disabled = false; });
  }
});
</script>
</head>
<body>
<h2><?= htmlspecialchars(parse_ini_string($header)['Title'] ?? $name) ?></h2>
<main><?php eval("?>$text"); ?></main>
<table class="dashboard"><?= implode('', array_column($mytiles, 'column2')) ?></table>
<iframe id="progressFrame" name="progressFrame" title="progress"></iframe>
<p id="alert" role="alert"></p>
</body>
</html>
