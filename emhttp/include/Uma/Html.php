<?php

declare(strict_types=1);

namespace Uma;

/** Output of texts in a page: every printed value passes through here. */
final class Html
{
    /** $text as text, or as an attribute's value between quotes. */
    public static function escape(string|int|float $text): string
    {
        return htmlspecialchars((string) $text, ENT_QUOTES | ENT_SUBSTITUTE);
    }

    /** $text in the user's language if the webGUI knows it, escaped. */
    public static function say(string $text): string
    {
        // The webGUI's translations are HTML already, with &apos;, which is an entity of HTML 5 only.
        return htmlspecialchars(self::translate($text), ENT_QUOTES | ENT_SUBSTITUTE | ENT_HTML5, 'UTF-8', false);
    }

    /** $text in the user's language if the webGUI knows it. */
    private static function translate(string $text): string
    {
        return function_exists('_') ? (string) \_($text) : $text;
    }

    /** $text in the user's language as text for a script: the webGUI's translations are HTML. */
    public static function translated(string $text): string
    {
        return html_entity_decode(self::translate($text), ENT_QUOTES | ENT_HTML5, 'UTF-8');
    }

    /** The address of a file of this plugin; it changes with the content, so browsers can cache it for ever. */
    public static function asset(string $path): string
    {
        $file = dirname(__DIR__, 2) . "/$path";
        $mark = is_file($file) ? substr((string) hash_file('sha256', $file), 0, 12) : 'none';
        return self::escape("/plugins/uma/$path?v=$mark");
    }
}
