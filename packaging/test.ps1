# Set up survgui and run every check: packaging\test.ps1 [ARGUMENTS OF pytest]
. (Join-Path $PSScriptRoot "find_python.ps1")

Invoke-Preparation @("--test")
Set-Location (Join-Path $PSScriptRoot "..")
$bin = Join-Path (Get-Location) ".venv\Scripts"
$checks = @(@("ruff", "check"), @("ruff", "format", "--check"), @("lint-imports"), @("mypy"))
foreach ($check in $checks) {
    $options = @($check | Select-Object -Skip 1)
    & (Join-Path $bin "$($check[0]).exe") @options
    if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
}
& (Join-Path $bin "python.exe") -m pytest -m "not slow and not gpu" @args
exit $LASTEXITCODE
