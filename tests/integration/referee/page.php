<?php
// What surrounds a page or a script of the webGUI, so that it can be run once, as it is: prepended to it, with the
// functions defined below disabled. REQUEST in the environment is JSON: {"get", "post"}.

$request = json_decode((string)getenv('REQUEST'), true, 8, JSON_THROW_ON_ERROR);
$_GET = $request['get'] ?? [];
$_POST = $request['post'] ?? [];
$docroot = (string)getenv('DOCROOT');
$_SERVER['DOCUMENT_ROOT'] = $docroot;
// No session is wanted.
$login_locale = '';
date_default_timezone_set('UTC');

// No program is run.
function exec($command, &$output = null, &$code = null) {
    $output ??= [];
    $code = 127;
    return '';
}

function shell_exec($command) {
    return null;
}

// Debian keeps it apart; nothing judged here is longer in bytes than in letters.
if (!function_exists('mb_strlen')) {
    function mb_strlen($text) {
        return strlen($text);
    }
}

// As local_prepend.php has it for each request.
$var = (array)@parse_ini_file("$docroot/state/var.ini");
