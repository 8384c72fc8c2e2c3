<?php

/**
 * Runs an action of the settings page: act.php AUTOLOAD, the action on standard input, or [action, fields of the
 * form]. Prints status and body.
 */

declare(strict_types=1);

require $argv[1];

$action = json_decode(stream_get_contents(STDIN), true, 512, JSON_THROW_ON_ERROR);
[$action, $_POST] = is_array($action) ? $action : [$action, []];
$answer = Uma\Action::answer('POST', $action);
echo json_encode([$answer->status, json_decode($answer->body, true)], JSON_THROW_ON_ERROR);
