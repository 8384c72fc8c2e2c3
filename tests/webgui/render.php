<?php

/** Prints a page of the plugin: render.php DOCROOT PAGE. Any warning of PHP ends it. */

declare(strict_types=1);

set_error_handler(static function (int $severity, string $message, string $file, int $line): bool {
    if (!(error_reporting() & $severity)) {
        return false;
    }
    throw new ErrorException($message, 0, $severity, $file, $line);
});
error_reporting(E_ALL);
// phpcs:disable PSR1.Files.SideEffects -- it stands in for one function of the webGUI's
/** Like the webGUI's own function, whose translations are HTML. */
function _(string $text): string
{
    return str_replace("'", '&apos;', $text);
}
[, $docroot, $page] = $argv;
$display = json_decode(stream_get_contents(STDIN), true);
$mytiles = [];
[, $text] = explode("\n---\n", file_get_contents("$docroot/plugins/uma/$page.page"), 2);
eval("?>$text");
foreach ($mytiles as $tile) {
    echo implode('', $tile);
}
