<?php

/**
 * POST /plugins/uma/include/action.php: the actions of the settings page's buttons. The webGUI has checked csrf_token.
 */

declare(strict_types=1);

require_once __DIR__ . '/autoload.php';

Uma\Action::answer($_SERVER['REQUEST_METHOD'] ?? '', $_POST['action'] ?? '')->send();
