<?php

declare(strict_types=1);

namespace Uma;

/** The user's display settings in the dashboard's form. */
final class Display
{
    private const TEXTS = ['unit', 'number', 'date', 'time', 'theme', 'locale'];
    private const NUMBERS = ['scale', 'warning', 'critical', 'hot', 'max', 'hotssd', 'maxssd'];

    /** As JSON without missing settings. */
    public static function json(): string
    {
        $given = $GLOBALS['display'] ?? null;
        $given = is_array($given) ? $given : [];
        $display = [];
        foreach (self::TEXTS as $key) {
            if (is_string($given[$key] ?? null) && $given[$key] !== '') {
                $display[$key] = $given[$key];
            }
        }
        foreach (self::NUMBERS as $key) {
            if (is_numeric($given[$key] ?? null)) {
                $display[$key] = (int) $given[$key];
            }
        }
        return json_encode((object) $display, JSON_INVALID_UTF8_SUBSTITUTE | JSON_THROW_ON_ERROR);
    }

    /** The webGUI's theme: white, black, gray or azure. */
    public static function theme(): string
    {
        $theme = $GLOBALS['display']['theme'] ?? null;
        return is_string($theme) && in_array($theme, ['black', 'gray', 'azure'], true) ? $theme : 'white';
    }

    /** True if this Unraid has the tile headers of 7.2 and later. */
    public static function hasTileHeaders(): bool
    {
        $version = @parse_ini_file(Host::path('/etc/unraid-version'))['version'] ?? '0';
        return version_compare((string) $version, '7.2.0-alpha', '>=');
    }
}
