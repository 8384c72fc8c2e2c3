<?php

/**
 * Included by the webGUI's update.php before it writes uma.cfg: looks at what the form has sent.
 *
 * Invalid values are reported to the user; then nothing is saved or applied.
 */

declare(strict_types=1);

require_once __DIR__ . '/autoload.php';

// A direct request has no effect: update.php has not set $save then.
if (isset($save)) {
    $problems = Uma\Submission::check($_POST);
    if ($problems !== []) {
        $save = false;
        unset($_POST['#command']);
        echo Uma\Submission::script($problems);
    }
}
