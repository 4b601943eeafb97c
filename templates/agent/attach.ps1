# Attaches this machine's amazon-ssm-agent to a sandbox of orch. detach.ps1 puts everything back.
$ErrorActionPreference = 'Stop'
$config = Join-Path $env:ProgramFiles 'Amazon\SSM\amazon-ssm-agent.json'
$service = 'HKLM:\SYSTEM\CurrentControlSet\Services\AmazonSSMAgent'
$variables = @(
@VARIABLES@
)
@ADMISSION@
# What was there is kept once: whoever attaches twice loses nothing.
$found = Get-ItemProperty $service
if (-not $found.PSObject.Properties['OrchKept']) {
    if ($found.PSObject.Properties['Environment']) {
        New-ItemProperty $service -Name OrchEnvironment -PropertyType MultiString `
            -Value $found.Environment | Out-Null
    }
    if (Test-Path $config) { Copy-Item $config "$config.before-orch" }
    New-ItemProperty $service -Name OrchKept -PropertyType DWord -Value 1 | Out-Null
}
Stop-Service AmazonSSMAgent
Copy-Item (Join-Path $PSScriptRoot 'amazon-ssm-agent.json') $config
New-ItemProperty $service -Name Environment -PropertyType MultiString -Value $variables -Force |
    Out-Null
Start-Service AmazonSSMAgent
