# Set up survgui once and start it: packaging\run.ps1 [--headless] [ARGUMENTS OF survgui]
. (Join-Path $PSScriptRoot "find_python.ps1")

$arguments = @($args | Where-Object { $_ -ne "--headless" })
if ($args -contains "--headless") { $env:QT_QPA_PLATFORM = "offscreen" }
if ($arguments.Count -eq 0) { $arguments = @("demo") }

Invoke-Preparation @()
& (Join-Path $PSScriptRoot "..\.venv\Scripts\survgui.exe") @arguments
exit $LASTEXITCODE
