<?php

/** The Dashboard's tile as HTML; no tile rather than a broken Dashboard. */

declare(strict_types=1);

require_once __DIR__ . '/autoload.php';

return Uma\Tile::html();
