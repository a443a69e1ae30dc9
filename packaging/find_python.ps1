# Dot-sourced by run.ps1 and test.ps1: Find-Python gives the command of a Python that can make the environment.

function Find-Python {
    $candidates = @(@("py", "-3.11"), @("py", "-3.12"), @("py", "-3.13"), @("python"), @("python3"))
    foreach ($candidate in $candidates) {
        if (-not (Get-Command $candidate[0] -ErrorAction SilentlyContinue)) { continue }
        $options = @($candidate | Select-Object -Skip 1)
        & $candidate[0] @options -c "import sys, venv; sys.exit(sys.version_info < (3, 11))" 2>$null
        if ($LASTEXITCODE -eq 0) { return , $candidate }
    }
    [Console]::Error.WriteLine("survgui set-up: Python 3.11 or later was not found; install it from python.org")
    exit 1
}

function Invoke-Preparation([string[]] $Options) {
    $python = Find-Python
    $launcher = @($python | Select-Object -Skip 1)
    & $python[0] @launcher (Join-Path $PSScriptRoot "prepare.py") @Options
    if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
}
