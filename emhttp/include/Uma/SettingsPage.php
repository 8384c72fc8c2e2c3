<?php

declare(strict_types=1);

namespace Uma;

/** Settings → UMA: the daemon's state and its buttons, then the form, which the webGUI's own update.php saves. */
final class SettingsPage
{
    private const TOKEN_SET = 'Clients need the token to read UMA at its port.';
    private const TOKEN_NONE = 'None: every device on your network can read UMA at its port, '
        . 'and so can a hostile web site.';
    /** The setting that most users need, and the one that unfolds the rest of its section. */
    private const FIRST = 'SERVICE';
    private const MQTT = 'MQTT';
    private const BROKER = 'MQTT_HOST';
    private const TOKEN_DAMAGED = 'Damaged: nobody can read UMA at its port. Replace it, or remove it.';

    public static function html(): string
    {
        $config = Config::read();
        $module = Html::asset('webgui/settings.js');
        $style = Html::asset('webgui/settings.css');
        $theme = Display::theme();
        $parts = self::daemon() . self::form($config) . self::diagnostics();
        return <<<HTML
            <link rel="stylesheet" href="$style">
            <div id="uma-settings" data-theme="$theme">
            $parts
            </div>
            <script type="module" src="$module"></script>
            HTML;
    }

    private static function daemon(): string
    {
        $daemon = Daemon::find();
        $orb = $daemon === null ? 'red-orb' : 'green-orb';
        $text = $daemon === null ? Html::say('Stopped') : Html::say('Running');
        $version = $daemon === null ? '' : ', ' . Html::say('version') . ' ' . Html::escape($daemon->version);
        $port = $daemon === null ? '' : $daemon->port;
        $state = "<span id=\"uma-state\" data-port=\"$port\"><i class=\"fa fa-circle orb $orb\"></i> "
            . "<span>$text$version</span></span>";
        $buttons = '';
        foreach (['start' => 'Start', 'stop' => 'Stop', 'restart' => 'Restart'] as $action => $label) {
            $buttons .= self::button($action, $label, ($daemon === null) !== ($action === 'start'));
        }
        $said = '<span id="uma-said" role="status"></span>';
        return self::row('State', $state, '')
            . ($daemon === null ? '' : self::address($daemon))
            . self::row('', "<span class=\"inline-block\">$buttons$said</span>", 'Start and Stop last until reboot. '
                . '"Start at boot" is below.');
    }

    /** Address of the dashboard and the API: as a link, a text to copy, and a QR code. */
    private static function address(Daemon $daemon): string
    {
        // The name by which this page was reached, without its port; a proxy's would not lead to UMA's port either way.
        $host = (string) preg_replace('/:\d+$/', '', (string) ($_SERVER['HTTP_HOST'] ?? ''));
        $url = preg_match('/^[A-Za-z0-9._\-\[\]:]+$/', $host) ? $daemon->url($host) : null;
        $tab = '<a href="/Uma">' . Html::say('Open dashboard') . '</a>';
        if ($url === null) {
            return self::row('Dashboard', $tab, '');
        }
        $link = Html::escape($url);
        $copy = Html::say('Copy');
        $code = Html::say('QR code');
        $control = "<a id=\"uma-address\" href=\"$link\" target=\"_blank\" rel=\"noopener\">$link</a> "
            . "<span class=\"inline-block\"><button type=\"button\" id=\"uma-copy\">$copy</button>"
            . "<button type=\"button\" id=\"uma-qr\" aria-expanded=\"false\">$code</button></span>"
            . '<span id="uma-qr-code" hidden></span>';
        return self::row('Dashboard', $tab, '')
            . self::row('Address', $control, 'For phones, Home Assistant, Prometheus and your own programs.')
            . self::row('Clients', '<span id="uma-clients">–</span>', 'Open connections, by feed. The webGUI\'s own '
                . 'pages don\'t count.');
    }

    /** @param array<string, string> $config */
    private static function form(array $config): string
    {
        $default = Html::say('Default');
        $apply = Html::say('Apply');
        $done = Html::say('Done');
        $known = Config::defaults();
        $rows = [];
        foreach (Settings::sections() as $title => $settings) {
            foreach ($settings as $setting) {
                if (isset($known[$setting->key])) {
                    $control = self::control($title, $setting, $config[$setting->key] ?? '', $known);
                    $rows[$title][$setting->key] = self::row($setting->label, $control, $setting->help);
                }
            }
        }
        $first = ($rows['Service'][self::FIRST] ?? '') . self::token();
        $broker = $rows[self::MQTT][self::BROKER] ?? '';
        unset($rows['Service'][self::FIRST], $rows[self::MQTT][self::BROKER]);
        $mqtt = implode('', $rows[self::MQTT] ?? []) . self::password() . self::test();
        unset($rows[self::MQTT]);
        $hasBroker = ($config[self::BROKER] ?? '') !== '';
        $hidden = $hasBroker ? '' : ' hidden';
        $rest = '';
        foreach ($rows as $title => $each) {
            $rest .= self::heading($title) . implode('', $each);
        }
        $advanced = Html::say('Advanced');
        $head = self::heading(self::MQTT);
        $rows = "$first$head$broker<div id=\"uma-mqtt\"$hidden>$mqtt</div>"
            . "<details id=\"uma-advanced\"><summary>$advanced</summary>$rest</details>";
        return <<<HTML
            <form method="POST" action="/update.php" target="progressFrame" id="uma-form">
            <input type="hidden" name="#file" value="uma/uma.cfg">
            <input type="hidden" name="#include" value="/plugins/uma/include/save.php">
            <input type="hidden" name="#command" value="/plugins/uma/scripts/apply">
            $rows
            <dl><dt><input type="submit" name="#default" value="$default" formnovalidate></dt>
            <dd><span class="inline-block"><input type="submit" name="#apply" value="$apply" disabled>
            <input type="button" value="$done" onclick="done()"></span></dd></dl>
            </form>

            HTML;
    }

    /** @param array<string, string> $defaults */
    private static function control(string $section, Setting $setting, string $value, array $defaults): string
    {
        $key = Html::escape($setting->key);
        // The row's name is beside the field but is not its label, and two rows are called Port.
        $label = Html::say($section) . ': ' . Html::say($setting->label);
        $named = "name=\"$key\" id=\"uma-$key\" aria-label=\"$label\"";
        if ($setting->choices !== []) {
            // The daemon uses the default for an invalid value, so the form shows it too.
            $value = $setting->allows($value) ? $value : $defaults[$setting->key];
            $options = '';
            foreach ($setting->choices as $choice => $label) {
                $selected = (string) $choice === $value ? ' selected' : '';
                $label = Html::say($label);
                $options .= '<option value="' . Html::escape($choice) . "\"$selected>$label</option>";
            }
            return "<select $named>$options</select>";
        }
        $value = Html::escape($value);
        if ($setting->min !== null) {
            return "<input type=\"number\" $named class=\"narrow\" value=\"$value\""
                . " min=\"$setting->min\" max=\"$setting->max\" step=\"1\" required>";
        }
        $pattern = Html::escape($setting->pattern);
        $title = Html::say($setting->wanted);
        return "<input type=\"text\" $named value=\"$value\" pattern=\"$pattern\""
            . " title=\"$title\"" . ' maxlength="1000" spellcheck="false" autocomplete="off">';
    }

    private static function password(): string
    {
        $isStored = is_file(Host::path(Host::MQTT_PASSWORD));
        $hint = $isStored ? Html::say('stored') : Html::say('none');
        $control = '<input type="password" name="' . Submission::PASSWORD . "\" placeholder=\"$hint\""
            . ' maxlength="1000" autocomplete="new-password" aria-label="' . Html::say('Password') . '">';
        if ($isStored) {
            $control .= ' <label><input type="checkbox" name="' . Submission::FORGET . '" value="yes"> '
                . Html::say('forget it') . '</label>';
        }
        return self::row('Password', $control, 'UMA\'s password at the broker. It is stored in a file of its own and '
            . 'never shown again. Leave it empty to keep the stored one.');
    }

    private static function test(): string
    {
        $test = '<button type="button" id="uma-test">' . Html::say('Test') . '</button> '
            . '<span id="uma-tested" role="status"></span>';
        return self::row('Connection', "<span class=\"inline-block\">$test</span>", 'Logs in at the broker with the '
            . 'values above, and out again. Nothing is published, and no setting changes.');
    }

    private static function token(): string
    {
        $state = Token::state();
        $isSet = $state !== Token::NONE;
        [$set, $none] = [Html::say(self::TOKEN_SET), Html::say(self::TOKEN_NONE)];
        $now = [
            Token::SET => $set,
            Token::NONE => $none,
            Token::DAMAGED => Html::say(self::TOKEN_DAMAGED),
        ][$state];
        $shownState = "<span id=\"uma-token-state\" data-set=\"$set\" data-none=\"$none\">$now</span>";
        $buttons = self::button('make-token', $isSet ? 'Replace' : 'Create a token', false)
            . self::button('remove-token', 'Remove', !$isSet);
        $copy = '<button type="button" id="uma-copy-token">' . Html::say('Copy') . '</button>';
        $shown = '<span id="uma-token" hidden><input type="text" readonly spellcheck="false" aria-label="'
            . Html::say('Token') . "\"> $copy " . Html::say('It is not shown again.') . '</span>';
        $help = 'With a token set, programs send it as Authorization: Bearer TOKEN, as X-UMA-Token: TOKEN or as '
            . '?token=TOKEN. Without one, all that UMA knows of this server is open to each device, container and '
            . 'guest on the network, and to any web site that is open in a browser there. Only the hash of the token '
            . 'is stored. The pages of the webGUI need none, since they are behind its login.';
        return self::row('Token', $shownState, '')
            . self::row('', "<span class=\"inline-block\">$buttons</span> $shown", $help);
    }

    private static function diagnostics(): string
    {
        $help = 'A zip for a bug report: versions, settings, state and the log of UMA, without serial numbers, keys, '
            . 'tokens and user names. Look into it before you send it.';
        $button = self::button('diagnostics', 'Download', false);
        return self::heading('Diagnostics') . self::row('', "<span class=\"inline-block\">$button</span>", $help);
    }

    private static function heading(string $title): string
    {
        $text = Html::say($title);
        return "<div class=\"title\"><span class=\"left\">$text</span><span class=\"right\"></span></div>\n";
    }

    private static function button(string $action, string $label, bool $isOff): string
    {
        $off = $isOff ? ' disabled' : '';
        return "<button type=\"button\" data-action=\"$action\"$off>" . Html::say($label) . '</button>';
    }

    /** As the webGUI's Markdown makes it of a row and the help below it. */
    private static function row(string $label, string $control, string $help): string
    {
        $label = $label === '' ? '&nbsp;' : Html::say($label) . ':';
        $row = "<dl><dt>$label</dt><dd>$control</dd></dl>\n";
        $text = Html::say($help);
        return $help === '' ? $row : "$row<blockquote class=\"inline_help\"><p>$text</p></blockquote>\n";
    }
}
