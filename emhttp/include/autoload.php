<?php

/** Finds the classes in Uma/: one file per class, with its name. */

declare(strict_types=1);

spl_autoload_register(static function (string $class): void {
    $file = __DIR__ . '/Uma/' . substr($class, 4) . '.php';
    if (str_starts_with($class, 'Uma\\') && is_file($file)) {
        require_once $file;
    }
});
