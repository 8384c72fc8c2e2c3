<?php

declare(strict_types=1);

namespace Uma;

/**
 * The tile on the webGUI's Dashboard: its frame, which webgui/tile.js fills.
 *
 * The webGUI knows a tile again by its title, which is therefore not translated; it adds its own controls to the head.
 */
final class Tile
{
    public const TITLE = 'Unraid Management Agent';
    /** A word and the dot of its tone. */
    private const WORD = '<i class="fa fa-circle orb" hidden></i> <span>–</span>';

    /** Empty rather than a fault that would break the surrounding page. */
    public static function html(): string
    {
        try {
            return self::body(Display::hasTileHeaders() ? self::head() : self::headBefore72());
        } catch (\Throwable $error) {
            error_log("uma: no tile: {$error->getMessage()}");
            return '';
        }
    }

    private static function body(string $head): string
    {
        $title = Html::escape(self::TITLE);
        $style = Html::asset('webgui/tile.css');
        $module = Html::asset('webgui/tile.js');
        $display = Html::escape(Display::json());
        $theme = Display::theme();
        $config = Config::read();
        // The summary comes every minute and after each change; samples show in between that the daemon lives.
        $intervals = Html::escape(json_encode([
            'summary' => 60,
            'stats' => (int) ($config['STATS_INTERVAL'] ?? 5),
        ], JSON_THROW_ON_ERROR));
        $clock = (int) round(microtime(true) * 1000);
        $daemon = Daemon::find() === null ? 'stopped' : (($config['WEBGUI'] ?? 'yes') === 'no' ? 'silent' : 'running');
        $words = Html::escape(Words::json());
        $array = Html::say('Array');
        $hottest = Html::say('Hottest');
        $containers = Html::say('Containers');
        $start = Html::say('Start UMA in its settings');
        $word = self::WORD;
        $finding = '<tr data-finding hidden><td><span class="w100"><i class="fa fa-circle orb" hidden></i> '
            . '<a href="/Uma"><b></b> <span></span></a></span></td></tr>';
        return <<<HTML
            <tbody title="$title" id="uma-tile" data-display="$display" data-intervals="$intervals"
                data-clock="$clock" data-daemon="$daemon" data-theme="$theme" data-words="$words">
            <tr><td>$head</td></tr>
            <tr data-uma="stopped-row" hidden><td><a href="/Dashboard/Settings/UmaSettings">$start</a></td></tr>
            $finding$finding$finding
            <tr><td>
            <span class="w26">$array</span><span class="w72" data-uma="array">$word</span>
            </td></tr>
            <tr data-uma="operation-row" hidden><td>
            <span class="w26" data-uma="operation"></span><span class="w72" data-uma="rest"></span>
            </td></tr>
            <tr data-uma="progress-row" hidden><td>
            <span class="w26">&nbsp;</span><span class="w72"><span class="load resize" data-uma="percent"></span>
            <div class="usage-disk sys"><span data-uma="percent-bar"></span><span></span></div></span>
            </td></tr>
            <tr data-uma="containers-row" hidden><td>
            <span class="w26">$containers</span><span class="w72" data-uma="containers">$word</span>
            </td></tr>
            <tr><td>
            <span class="w26">$hottest</span>
            <span class="w72"><span data-uma="hottest">$word</span><span data-uma="spark"></span></span>
            <link rel="stylesheet" href="$style"><script type="module" src="$module"></script>
            </td></tr>
            </tbody>
            HTML;
    }

    private static function head(): string
    {
        $settings = self::settings();
        $word = self::WORD;
        return <<<HTML
            <span class="tile-header"><span class="tile-header-left"><i class="fa fa-heartbeat f32"></i>
            <div class="section"><h3 class="tile-header-main"><a href="/Uma">UMA</a></h3>
            <span data-uma="state">$word</span></div></span>
            <span class="tile-header-right"><span class="tile-header-right-controls">$settings</span></span></span>
            HTML;
    }

    private static function headBefore72(): string
    {
        $settings = self::settings();
        $word = self::WORD;
        return <<<HTML
            <i class="fa fa-heartbeat f32"></i><div class="section"><a href="/Uma">UMA</a><br>
            <span data-uma="state">$word</span><br></div>$settings
            HTML;
    }

    private static function settings(): string
    {
        $title = Html::say('Settings');
        return "<a href=\"/Dashboard/Settings/UmaSettings\" title=\"$title\">"
            . '<i class="fa fa-fw fa-cog control"></i></a>';
    }
}
