<?php

declare(strict_types=1);

namespace Uma;

/** The form as a table: every key of uma.cfg with a row, in the order of the page. */
final class Settings
{
    /**
     * Keys that have no row, and why.
     */
    public const ELSEWHERE = [
        'TOKEN_SHA256' => 'made by its button, which shows the token once; only the hash is stored',
    ];

    /** The daemon's settings, generated from its code, so that the form and the daemon agree. */
    private const FILE = '/settings.json';

    /** @return array<string, list<Setting>>  rows by the section's title; none where the file is damaged */
    public static function sections(): array
    {
        $text = @file_get_contents(dirname(__DIR__, 2) . self::FILE);
        $found = $text === false ? null : json_decode($text, true);
        $sections = [];
        foreach (is_array($found) ? $found : [] as $section) {
            $sections[$section['section']] = array_map(Setting::fromRow(...), $section['settings']);
        }
        return $sections;
    }

    /** @return array<string, Setting> */
    public static function byKey(): array
    {
        $settings = [];
        foreach (array_merge(...array_values(self::sections())) as $setting) {
            $settings[$setting->key] = $setting;
        }
        return $settings;
    }
}
