# Set up survgui once and start it: packaging\run.ps1 [--headless] [ARGUMENTS OF survgui]
# Without arguments the window opens on the demo case; with --headless the same case goes through engine and window
# off screen, and the paths of report and screenshots are printed.
. (Join-Path $PSScriptRoot "find_python.ps1")

$arguments = @($args | Where-Object { $_ -ne "--headless" })
$headless = $args -contains "--headless"
if ($headless) { $env:QT_QPA_PLATFORM = "offscreen" }

Invoke-Preparation @()
$bin = Join-Path $PSScriptRoot "..\.venv\Scripts"
if ($arguments.Count -gt 0) {
    & (Join-Path $bin "survgui.exe") @arguments
} elseif ($headless) {
    & (Join-Path $bin "survgui.exe") demo
    if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
    & (Join-Path $bin "python.exe") (Join-Path $PSScriptRoot "screenshots.py") "demo-out/screenshots"
} else {
    & (Join-Path $bin "survgui.exe") demo --window
}
exit $LASTEXITCODE
