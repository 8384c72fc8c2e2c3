<?php

/** Saves a form as the webGUI's update.php does, as far as plugins depend on it: #file, #include, #default, #command. */

declare(strict_types=1);

readfile('update.htm');
$docroot = $_SERVER['DOCUMENT_ROOT'];
$file = getenv('UMA_ROOT') . '/boot/config/plugins/' . $_POST['#file'];
$default = isset($_POST['#default']) ? parse_ini_file("$docroot/plugins/uma/default.cfg") : [];
$keys = is_file($file) ? parse_ini_file($file) : [];
$save = true;
if (isset($_POST['#include'])) {
    include realpath($docroot . $_POST['#include']);
}
if ($save) {
    foreach ($_POST as $key => $value) {
        if ($key[0] !== '#') {
            $keys[$key] = $default[$key] ?? $value;
        }
    }
    $text = '';
    foreach ($keys as $key => $value) {
        $text .= "$key=\"$value\"\n";
    }
    file_put_contents($file, $text);
}
if (isset($_POST['#command'])) {
    // To the end: the page waits until its output is closed.
    passthru(escapeshellcmd(realpath($docroot . $_POST['#command'])));
}
