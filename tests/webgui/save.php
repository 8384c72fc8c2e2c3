<?php

/**
 * Runs save.php on a form, in update.php's scope: save.php AUTOLOAD, the form on standard input.
 *
 * Prints true if update.php would then write, and its message to the page.
 */

declare(strict_types=1);

require $argv[1];

$_POST = json_decode(stream_get_contents(STDIN), true, 512, JSON_THROW_ON_ERROR);
$save = true;
ob_start();
include dirname($argv[1]) . '/save.php';
$told = ob_get_clean();
echo json_encode(['save' => $save, 'told' => $told], JSON_THROW_ON_ERROR);
