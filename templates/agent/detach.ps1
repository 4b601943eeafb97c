# Puts back what attach.ps1 has changed, and removes what the agent kept of this sandbox.
$ErrorActionPreference = 'Stop'
$config = Join-Path $env:ProgramFiles 'Amazon\SSM\amazon-ssm-agent.json'
$service = 'HKLM:\SYSTEM\CurrentControlSet\Services\AmazonSSMAgent'
$found = Get-ItemProperty $service
if (-not $found.PSObject.Properties['OrchKept']) { throw 'nothing of attach.ps1 is here' }
Stop-Service AmazonSSMAgent
Remove-ItemProperty $service -Name Environment
if ($found.PSObject.Properties['OrchEnvironment']) {
    New-ItemProperty $service -Name Environment -PropertyType MultiString `
        -Value $found.OrchEnvironment | Out-Null
    Remove-ItemProperty $service -Name OrchEnvironment
}
if (Test-Path "$config.before-orch") {
    Move-Item "$config.before-orch" $config -Force
} else {
    Remove-Item $config
}
$kept = Join-Path $env:ProgramData 'Amazon\SSM\InstanceData\@INSTANCE@'
if (Test-Path $kept) { Remove-Item $kept -Recurse -Force }
Remove-ItemProperty $service -Name OrchKept
Start-Service AmazonSSMAgent
