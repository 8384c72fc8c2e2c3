<?php

declare(strict_types=1);

namespace Uma;

/** The tab: the dashboard, fed by the webGUI's own channels. */
final class Tab
{
    public static function html(): string
    {
        $style = Html::asset('dashboard/dashboard.css');
        $module = Html::asset('dashboard/uma-dashboard.js');
        $display = Html::escape(Display::json());
        $ahead = self::fetchedAhead();
        return <<<HTML
            <link rel="stylesheet" href="$style">$ahead
            <script type="module" src="$module"></script>
            <uma-dashboard embedded transport="nchan" display="$display"></uma-dashboard>
            HTML;
    }

    /** The modules that the daemon's own page names, so that none waits for the one that imports it. */
    private static function fetchedAhead(): string
    {
        $index = (string) @file_get_contents(dirname(__DIR__, 2) . '/dashboard/index.html');
        preg_match_all('~"module(?:preload" href|" src)="(dashboard/(?!uma-dashboard)[\w./?=-]+)"~', $index, $matches);
        $links = '';
        foreach ($matches[1] as $path) {
            $links .= "\n" . '<link rel="modulepreload" href="/plugins/uma/' . Html::escape($path) . '">';
        }
        return $links;
    }
}
