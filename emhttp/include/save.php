<?php

/**
 * Included by the webGUI's update.php before it writes uma.cfg: looks at what the form has sent.
 *
 * What may not be is told to the person, and nothing is saved or put in force.
 */

declare(strict_types=1);

require_once __DIR__ . '/autoload.php';

// Called by itself it has nothing to do: then there is no $save that update.php has set.
if (isset($save)) {
    $problems = Uma\Submission::check($_POST);
    if ($problems !== []) {
        $save = false;
        unset($_POST['#command']);
        echo Uma\Submission::script($problems);
    }
}
