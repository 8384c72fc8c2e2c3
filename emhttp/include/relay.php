<?php

/** GET /plugins/uma/include/relay.php/PATH: what the daemon answers at /api/v1/PATH, for a fixed list of paths. */

declare(strict_types=1);

require_once __DIR__ . '/autoload.php';

Uma\Relay::answer($_SERVER['REQUEST_METHOD'] ?? '', $_SERVER['PATH_INFO'] ?? '', $_GET)->send();
