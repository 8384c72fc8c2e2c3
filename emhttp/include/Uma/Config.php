<?php

declare(strict_types=1);

namespace Uma;

/** The settings file, as the webGUI's own update.php reads and writes it: lines of KEY="value". */
final class Config
{
    /** @return array<string, string>  every key of default.cfg, with the file's own value where it has one */
    public static function read(): array
    {
        return self::file(Host::path(Host::SETTINGS)) + self::defaults();
    }

    /** @return array<string, string> */
    public static function defaults(): array
    {
        return self::file(dirname(__DIR__, 2) . '/default.cfg');
    }

    /** Set $key to $value in the file, and leave the rest of it. */
    public static function set(string $key, string $value): void
    {
        $path = Host::path(Host::SETTINGS);
        $file = self::file($path);
        if ($file === [] && is_file($path) && trim((string) file_get_contents($path)) !== '') {
            throw new \RuntimeException("$path can't be read: mend it, or press Default and Apply");
        }
        $text = '';
        foreach ([$key => $value] + $file as $name => $each) {
            $text .= "$name=\"$each\"\n";
        }
        Host::write($path, $text);
    }

    /** Have the daemon take the file's settings: started, stopped or told to read them, without waiting for it. */
    public static function putInForce(): void
    {
        exec(escapeshellarg(dirname(__DIR__, 2) . '/scripts/apply'));
    }

    /** @return array<string, string> */
    private static function file(string $path): array
    {
        $values = is_file($path) ? @parse_ini_file($path, false, INI_SCANNER_RAW) : [];
        return array_map('strval', array_filter($values ?: [], 'is_scalar'));
    }
}
