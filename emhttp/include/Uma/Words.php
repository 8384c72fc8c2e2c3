<?php

declare(strict_types=1);

namespace Uma;

/** The words of the dashboard and of the tile in the user's language, as far as the webGUI knows them. */
final class Words
{
    /** Generated from the scripts by tests/generated_pages.py: each text that they show. */
    private const FILE = '/dashboard/words.json';

    /** English texts and their translations, as JSON; identical ones are left out. */
    public static function json(): string
    {
        $text = @file_get_contents(dirname(__DIR__, 2) . self::FILE);
        $known = $text === false ? null : json_decode($text, true);
        $words = [];
        foreach (is_array($known) ? $known : [] as $word) {
            $translated = is_string($word) ? Html::translated($word) : $word;
            if ($translated !== $word) {
                $words[$word] = $translated;
            }
        }
        return json_encode((object) $words, JSON_INVALID_UTF8_SUBSTITUTE | JSON_THROW_ON_ERROR);
    }
}
