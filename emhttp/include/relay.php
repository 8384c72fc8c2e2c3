<?php

/**
 * GET /plugins/uma/include/relay.php?path=PATH: what the daemon answers at /api/v1/PATH, for a fixed list of paths.
 *
 * Not .../relay.php/PATH: Unraid 6.12 runs no script whose name is followed by more of a path.
 */

declare(strict_types=1);

require_once __DIR__ . '/autoload.php';

Uma\Relay::answer($_SERVER['REQUEST_METHOD'] ?? '', $_GET)->send();
