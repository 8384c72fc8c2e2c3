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
        $words = Html::escape(Words::json());
        $page = Html::escape(Layout::read());
        return <<<HTML
            <link rel="stylesheet" href="$style">
            <script type="module" src="$module"></script>
            <uma-dashboard embedded transport="nchan" display="$display" words="$words" page="$page"></uma-dashboard>
            HTML;
    }
}
