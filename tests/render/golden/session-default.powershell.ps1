# orch: shows whether this host can switch to arn:aws:iam::222222222222:role/Test-Switch-Role.
# It asks before and after the switch, restores what it changed, and prints one envelope.
# runbook: switch-role
# run: 20261124T042501Z-3f9a1c
# plan sha256: 9f6a5f1e0c25df4b4747dd43f0b88978e50c960189fc3c0c01213b2976e8c60f
# orch-plan: eyJwcm9jZWR1cmUiOnsiZW5kcG9pbnRzIjpbeyJzZXJ2aWNlIjoiaW1kcyIsInVybCI6Imh0dHA6Ly8xNjkuMjU0LjE2OS4yNTQiLCJ2YXJpYWJsZXMiOlsiQVdTX0VDMl9NRVRBREFUQV9TRVJWSUNFX0VORFBPSU5UIl19LHsic2VydmljZSI6InN0cyIsInVybCI6Imh0dHBzOi8vc3RzLmFwLW5vcnRoZWFzdC0xLmFtYXpvbmF3cy5jb20iLCJ2YXJpYWJsZXMiOlsiQVdTX0VORFBPSU5UX1VSTF9TVFMiLCJBV1NfRU5EUE9JTlRfVVJMIl19LHsic2VydmljZSI6InMzIiwidXJsIjoiaHR0cHM6Ly9zMy5hcC1ub3J0aGVhc3QtMS5hbWF6b25hd3MuY29tIiwidmFyaWFibGVzIjpbIkFXU19FTkRQT0lOVF9VUkxfUzMiLCJBV1NfRU5EUE9JTlRfVVJMIl19XSwiZXhwZWN0YXRpb25zIjpbeyJmYWN0IjoiaW5zdGFuY2VfaWQiLCJmaWVsZCI6InNlc3Npb24iLCJpZCI6ImJlZm9yZS5pZGVudGl0eS5zZXNzaW9uLmVxdWFscyIsIm9wZXJhdG9yIjoiZXF1YWxzIiwib3B0aW9uYWwiOmZhbHNlLCJzdGVwIjoiYmVmb3JlLmlkZW50aXR5IiwidmFsdWUiOm51bGx9LHsiZmFjdCI6bnVsbCwiZmllbGQiOiJmb3VuZCIsImlkIjoiYmVmb3JlLnMzX2J1Y2tldC5mb3VuZC5hYnNlbnQiLCJvcGVyYXRvciI6ImFic2VudCIsIm9wdGlvbmFsIjpmYWxzZSwic3RlcCI6ImJlZm9yZS5zM19idWNrZXQiLCJ2YWx1ZSI6bnVsbH0seyJmYWN0IjpudWxsLCJmaWVsZCI6ImFjY291bnQiLCJpZCI6ImFmdGVyLmlkZW50aXR5LmFjY291bnQuZXF1YWxzIiwib3BlcmF0b3IiOiJlcXVhbHMiLCJvcHRpb25hbCI6ZmFsc2UsInN0ZXAiOiJhZnRlci5pZGVudGl0eSIsInZhbHVlIjoiMjIyMjIyMjIyMjIyIn0seyJmYWN0IjpudWxsLCJmaWVsZCI6InJvbGUiLCJpZCI6ImFmdGVyLmlkZW50aXR5LnJvbGUuZXF1YWxzIiwib3BlcmF0b3IiOiJlcXVhbHMiLCJvcHRpb25hbCI6ZmFsc2UsInN0ZXAiOiJhZnRlci5pZGVudGl0eSIsInZhbHVlIjoiVGVzdC1Td2l0Y2gtUm9sZSJ9LHsiZmFjdCI6bnVsbCwiZmllbGQiOiJhcm4iLCJpZCI6ImFmdGVyLmlkZW50aXR5LmFybi5jaGFuZ2VkIiwib3BlcmF0b3IiOiJjaGFuZ2VkIiwib3B0aW9uYWwiOmZhbHNlLCJzdGVwIjoiYWZ0ZXIuaWRlbnRpdHkiLCJ2YWx1ZSI6bnVsbH0seyJmYWN0IjpudWxsLCJmaWVsZCI6ImZvdW5kIiwiaWQiOiJhZnRlci5zM19idWNrZXQuZm91bmQuZXF1YWxzIiwib3BlcmF0b3IiOiJlcXVhbHMiLCJvcHRpb25hbCI6ZmFsc2UsInN0ZXAiOiJhZnRlci5zM19idWNrZXQiLCJ2YWx1ZSI6dHJ1ZX1dLCJmb3JjZSI6ZmFsc2UsImhvc3RfdXNlciI6IiIsIm1vZGUiOiJlcGhlbWVyYWwiLCJvZl9ydW4iOiIiLCJwbGF0Zm9ybSI6IldpbmRvd3MiLCJwcm9maWxlIjp7ImNyZWRlbnRpYWxfc291cmNlIjoiRWMySW5zdGFuY2VNZXRhZGF0YSIsIm5hbWUiOiJzd2l0Y2hfdGVzdCIsInJvbGVfYXJuIjoiYXJuOmF3czppYW06OjIyMjIyMjIyMjIyMjpyb2xlL1Rlc3QtU3dpdGNoLVJvbGUifSwicmVnaW9uIjoiYXAtbm9ydGhlYXN0LTEiLCJydW5ib29rIjoic3dpdGNoLXJvbGUiLCJzY2hlbWEiOjEsInNoZWxsIjoicG93ZXJzaGVsbCIsInN0ZXBzIjpbeyJjaGVjayI6ImlkZW50aXR5IiwiaWQiOiJiZWZvcmUuaWRlbnRpdHkiLCJwYXJhbXMiOnt9LCJwaGFzZSI6ImJlZm9yZSIsIndheSI6InNlc3Npb24tZGVmYXVsdCJ9LHsiY2hlY2siOiJzM19idWNrZXQiLCJpZCI6ImJlZm9yZS5zM19idWNrZXQiLCJwYXJhbXMiOnsiYnVja2V0IjoieHh4eHh4eHgtY2xvdWR0cmFpbCJ9LCJwaGFzZSI6ImJlZm9yZSIsIndheSI6InNlc3Npb24tZGVmYXVsdCJ9LHsiY2hlY2siOiJpZGVudGl0eSIsImlkIjoiYWZ0ZXIuaWRlbnRpdHkiLCJwYXJhbXMiOnt9LCJwaGFzZSI6ImFmdGVyIiwid2F5Ijoic2Vzc2lvbi1kZWZhdWx0In0seyJjaGVjayI6InMzX2J1Y2tldCIsImlkIjoiYWZ0ZXIuczNfYnVja2V0IiwicGFyYW1zIjp7ImJ1Y2tldCI6Inh4eHh4eHh4LWNsb3VkdHJhaWwifSwicGhhc2UiOiJhZnRlciIsIndheSI6InNlc3Npb24tZGVmYXVsdCJ9XSwidGFzayI6InByb3ZlIiwid2F5cyI6WyJzZXNzaW9uLWRlZmF1bHQiXX0sInJ1bl9pZCI6IjIwMjYxMTI0VDA0MjUwMVotM2Y5YTFjIn0=

# Constrained Language Mode allows none of what follows: say so, and stop. 0 is FullLanguage; casts to
# [int] are allowed in every mode.
if ([int]$ExecutionContext.SessionState.LanguageMode -ne 0) {
    Write-Output 'ORCH1:9f6a5f1e:...:END'
    exit 20
}

# Whatever nobody catches still ends in an envelope and an exit code.
trap {
    [System.Console]::Out.WriteLine('ORCH1:9f6a5f1e:...:END')
    exit 20
}

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$WarningPreference = 'SilentlyContinue'
$VerbosePreference = 'SilentlyContinue'
$DebugPreference = 'SilentlyContinue'
$InformationPreference = 'SilentlyContinue'

# What is found out, as it will stand in the envelope. Verdicts are reached by ordinal comparison
# only: -eq and its like compare by culture, and skip zero-width characters.
$OrchWatch = [System.Diagnostics.Stopwatch]::StartNew()
$OrchFacts = [ordered]@{}
$OrchSettings = [ordered]@{}
$OrchProbes = [ordered]@{}
$OrchSteps = New-Object -TypeName 'System.Collections.Generic.Dictionary[string,object]'
$OrchSilent = New-Object -TypeName 'System.Collections.Generic.Dictionary[string,string]'
$OrchOwn = New-Object -TypeName 'System.Collections.Generic.Dictionary[string,object]'
$OrchTimes = [ordered]@{ 'load' = 0; 'before' = 0; 'switch' = 0; 'after' = 0; 'restore' = 0; 'total' = 0 }
# By way: what keeps the host from asking so at all, and what keeps it from asking through the profile.
$OrchMissing = New-Object -TypeName 'System.Collections.Generic.Dictionary[string,object]'
$OrchUnfit = New-Object -TypeName 'System.Collections.Generic.Dictionary[string,object]'
$OrchUncounted = New-Object -TypeName 'System.Collections.Generic.List[string]'
$OrchFatal = $null
$OrchFolder = $null
$OrchNetworkTypes = [string[]]@(
    'System.Net.Http.HttpRequestException',
    'System.Net.Sockets.SocketException',
    'System.Net.WebException',
    'System.TimeoutException',
    'System.Threading.Tasks.TaskCanceledException',
    'botocore.exceptions.ConnectionError',
    'botocore.exceptions.HTTPClientError',
    'orch.Unreachable'
)
$OrchProfileTypes = [string[]]@(
    'orch.ProfileMissing',
    'orch.ProfileInvalid',
    'System.IO.InvalidDataException',
    'botocore.exceptions.ProfileNotFound',
    'botocore.exceptions.ConfigParseError',
    'botocore.exceptions.InvalidConfigError',
    'botocore.exceptions.PartialCredentialsError'
)
$OrchRefusalCodes = [string[]]@('AccessDenied', 'AccessDeniedException', 'NoSuchBucket')
$OrchMissingCodes = [string[]]@('NoSuchBucket')
$OrchMissingTypes = [string[]]@('orch.ModuleMissing', 'orch.CliMissing', 'orch.PythonMissing')
$OrchAssuming = 'Amazon.Runtime.AmazonClientException'

function Test-OrchEqual {
    param([string]$One, [string]$Other)
    return [string]::Equals($One, $Other, [System.StringComparison]::Ordinal)
}

function Test-OrchListed {
    param([string[]]$List, [string]$Name)
    return [System.Array]::IndexOf($List, $Name) -ge 0
}

# Errors are told apart by type, code and status. Their text is evidence for people: at most 300
# characters, without keys and tokens, as base64.
function ConvertTo-OrchMessage {
    param([string]$Text)
    $any = [System.Text.RegularExpressions.RegexOptions]::IgnoreCase -bor [System.Text.RegularExpressions.RegexOptions]::CultureInvariant
    $Text = [System.Text.RegularExpressions.Regex]::Replace($Text, '(x-amz-security-token\W{0,3})[^\s&,;]+', '$1(removed)', $any)
    $Text = [System.Text.RegularExpressions.Regex]::Replace($Text, '\bA[KS]IA[A-Z0-9]{8,}', '(key id)')
    if ($Text.Length -gt 300) { $Text = $Text.Substring(0, 300) }
    return [System.Convert]::ToBase64String([System.Text.Encoding]::UTF8.GetBytes($Text))
}

function Get-OrchFailure {
    param($Record)
    $chain = New-Object -TypeName 'System.Collections.Generic.List[string]'
    $said = New-Object -TypeName 'System.Collections.Generic.List[string]'
    $code = $null
    $status = $null
    $exception = $Record.Exception
    while ($null -ne $exception -and $chain.Count -lt 10) {
        $type = [string]$exception.GetType().FullName
        # The answer itself as an exception: it is there after every HTTP error, and says nothing.
        if (-not (Test-OrchEqual -One $type -Other 'Amazon.Runtime.Internal.HttpErrorResponseException')) {
            $chain.Add($type)
            $message = [string]$exception.Message
            if (-not $said.Contains($message)) { $said.Add($message) }
            # Others have an ErrorCode too: a socket's is the system's number.
            if ($type.StartsWith('Amazon.', [System.StringComparison]::Ordinal)) {
                $property = $exception.PSObject.Properties['ErrorCode']
                if ($null -eq $code -and $null -ne $property -and -not [string]::IsNullOrEmpty([string]$property.Value)) {
                    $code = [string]$property.Value
                }
                $property = $exception.PSObject.Properties['StatusCode']
                if ($null -eq $status -and $null -ne $property -and $null -ne $property.Value -and [int]$property.Value -gt 0) {
                    $status = [int]$property.Value
                }
            }
        }
        $exception = $exception.InnerException
    }
    return [ordered]@{
        'chain' = [string[]]$chain.ToArray()
        'code' = $code
        'status' = $status
        'operation' = $null
        'fqei' = [string]$Record.FullyQualifiedErrorId
        'message' = ConvertTo-OrchMessage -Text ($said.ToArray() -join ' | ')
    }
}

function New-OrchFailure {
    param([string]$Type, [string]$Text)
    return [ordered]@{
        'chain' = [string[]]@($Type)
        'code' = $null
        'status' = $null
        'operation' = $null
        'fqei' = $null
        'message' = ConvertTo-OrchMessage -Text $Text
    }
}

# The process's own environment. Keys are never shown.
function Set-OrchVariable {
    param([string]$Name, [string]$Value)
    [System.Environment]::SetEnvironmentVariable($Name, $Value)
    $OrchSettings[$Name] = $Value
}

function Remove-OrchVariable {
    param([string]$Name)
    if ($null -ne [System.Environment]::GetEnvironmentVariable($Name)) {
        # A plain null would be passed as empty text, which newer .NET does not take for removal.
        [System.Environment]::SetEnvironmentVariable($Name, [System.Management.Automation.Language.NullString]::Value)
        $OrchSettings[$Name] = '(removed)'
    }
}

function Test-OrchVariable {
    param([string]$Name)
    return -not [string]::IsNullOrEmpty([System.Environment]::GetEnvironmentVariable($Name))
}

# Does the endpoint take a TCP connection within 3 seconds? A dead one would cost minutes a call.
function Add-OrchProbe {
    param([string]$Service, [string]$Url, [string[]]$Variables)
    foreach ($name in $Variables) {
        if (Test-OrchVariable -Name $name) {
            $Url = [System.Environment]::GetEnvironmentVariable($name)
            break
        }
    }
    $proxied = $false
    foreach ($name in @('HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy')) {
        if (Test-OrchVariable -Name $name) { $proxied = $true }
    }
    if ($proxied -and -not (Test-OrchEqual -One $Service -Other 'imds')) {
        $OrchProbes[$Service] = 'skipped: a proxy is set'
        return
    }
    $answer = Get-OrchAnswer -Url $Url
    $OrchProbes[$Service] = $answer
    if (-not (Test-OrchEqual -One $answer -Other 'ok')) {
        $OrchSilent[$Service] = $Service + ' did not answer its probe: ' + $answer
    }
}

function Get-OrchAnswer {
    param([string]$Url)
    $client = $null
    try {
        $uri = New-Object -TypeName System.Uri -ArgumentList $Url
        $family = [System.Net.Sockets.AddressFamily]::InterNetwork
        if ($uri.HostNameType -eq [System.UriHostNameType]::IPv6) {
            $family = [System.Net.Sockets.AddressFamily]::InterNetworkV6
        }
        $client = New-Object -TypeName System.Net.Sockets.TcpClient -ArgumentList $family
        $connecting = $client.ConnectAsync($uri.DnsSafeHost, $uri.Port)
        if ($connecting.Wait(3000)) { return 'ok' }
        return 'failed: no connection within 3 s'
    } catch {
        $exception = $_.Exception
        while ($null -ne $exception.InnerException) { $exception = $exception.InnerException }
        $property = $exception.PSObject.Properties['SocketErrorCode']
        if ($null -ne $property) { return 'failed: ' + [string]$property.Value }
        return 'failed: ' + [string]$exception.GetType().Name
    } finally {
        if ($null -ne $client) { $client.Close() }
    }
}

function Remove-OrchFolder {
    param([string]$Path)
    $left = [string[]]@()
    $changed = [string[]]@()
    if (-not [string]::IsNullOrEmpty($Path)) {
        $changed = [string[]]@($Path)
        try {
            if ([System.IO.Directory]::Exists($Path)) { [System.IO.Directory]::Delete($Path, $true) }
        } catch {
            $left = [string[]]@($Path)
        }
        if ([System.IO.Directory]::Exists($Path)) { $left = [string[]]@($Path) }
    }
    $state = 'restored'
    if ($left.Length -gt 0) { $state = 'failed' }
    return [ordered]@{ 'state' = $state; 'changed' = $changed; 'left' = $left }
}

# The modules of one family, in the newest version that all of them have; nothing if one is missing.
# Never two families in one process: their assemblies clash.
function Get-OrchFamily {
    param([string[]]$Names)
    $installed = @(Get-Module -ListAvailable -Name $Names -ErrorAction SilentlyContinue)
    $newest = $null
    foreach ($first in $installed) {
        $together = New-Object -TypeName 'System.Collections.Generic.List[object]'
        foreach ($name in $Names) {
            foreach ($module in $installed) {
                if ([string]::Equals($module.Name, $name, [System.StringComparison]::OrdinalIgnoreCase) -and $module.Version.Equals($first.Version)) {
                    $together.Add($module)
                    break
                }
            }
        }
        if ($together.Count -eq $Names.Length -and ($null -eq $newest -or $first.Version -gt $newest[0].Version)) {
            $newest = $together.ToArray()
        }
    }
    if ($null -ne $newest) { return $newest }
}

function Import-OrchFamily {
    param([string]$Label, [string[]]$Names)
    $modules = @(Get-OrchFamily -Names $Names)
    if ($modules.Length -eq 0) { return $false }
    foreach ($module in $modules) {
        # By its path: given the module itself, it keeps quiet about a file that cannot be loaded.
        Import-Module -Name $module.Path -DisableNameChecking
    }
    $OrchFacts['module'] = $Label
    $OrchFacts['module_version'] = [string]$modules[0].Version
    return $true
}

# One check: its block asks, and gives back what it found. A service that gave no answer once is not
# asked again.
function Get-OrchObstacle {
    param([string]$Way, [string[]]$Services, [switch]$Switched)
    if ($OrchMissing.ContainsKey($Way)) { return $OrchMissing[$Way] }
    if ($Switched -and $OrchUnfit.ContainsKey($Way)) { return $OrchUnfit[$Way] }
    foreach ($service in $Services) {
        if ($OrchSilent.ContainsKey($service)) {
            return New-OrchFailure -Type 'orch.Unreachable' -Text $OrchSilent[$service]
        }
    }
}

function Test-OrchNetworkFailure {
    param($Failure)
    if ($null -ne $Failure['code']) { return $false }
    foreach ($type in $Failure['chain']) {
        if (Test-OrchListed -List $OrchNetworkTypes -Name $type) { return $true }
    }
    return $false
}

function Invoke-OrchStep {
    param([string]$Id, [string]$Way, [string[]]$Services = @(), [switch]$Switched, [scriptblock]$Ask)
    $watch = [System.Diagnostics.Stopwatch]::StartNew()
    $entry = [ordered]@{ 'id' = $Id; 'state' = 'ok'; 'ms' = 0 }
    $obstacle = Get-OrchObstacle -Way $Way -Services $Services -Switched:$Switched
    if ($null -ne $obstacle) {
        $entry['state'] = 'skipped'
        $entry['error'] = $obstacle
    } else {
        try {
            $answers = @(& $Ask)
            $value = $answers[$answers.Length - 1]
            if (-not ($value -is [System.Collections.IDictionary])) { throw 'The check gave back no facts.' }
            $entry['value'] = $value
        } catch {
            $failure = Get-OrchFailure -Record $_
            $entry['state'] = 'error'
            $entry['error'] = $failure
            if ($Services.Length -gt 0 -and (Test-OrchNetworkFailure -Failure $failure)) {
                # While the role was assumed it was STS that gave no answer, else the check's own.
                $service = $Services[$Services.Length - 1]
                if (Test-OrchListed -List $failure['chain'] -Name $OrchAssuming) { $service = 'sts' }
                $OrchSilent[$service] = $service + ' gave no answer to ' + $Id
            }
        }
    }
    $entry['ms'] = [int]$watch.ElapsedMilliseconds
    $OrchSteps[$Id] = $entry
}

# The judgement. A refusal is an observation; an error that hides the answer is not.
function Get-OrchRefusal {
    param($Failure)
    $chain = [string[]]$Failure['chain']
    if ($null -ne $Failure['code']) {
        if (-not (Test-OrchListed -List $OrchRefusalCodes -Name $Failure['code'])) { return 'none' }
        if (Test-OrchListed -List $chain -Name $OrchAssuming) { return 'in the switch' }
        if (Test-OrchEqual -One $Failure['operation'] -Other 'AssumeRole') { return 'in the switch' }
        return 'in the call'
    }
    foreach ($type in $chain) {
        if (Test-OrchListed -List $OrchProfileTypes -Name $type) { return 'in the switch' }
        if (Test-OrchListed -List $OrchNetworkTypes -Name $type) { return 'none' }
    }
    return 'none'
}

function Test-OrchSame {
    param($One, $Other)
    if ($null -eq $One -or $null -eq $Other) { return ($null -eq $One -and $null -eq $Other) }
    if ($One -is [bool] -and $Other -is [bool]) { return $One.Equals($Other) }
    if ($One -is [string] -and $Other -is [string]) { return (Test-OrchEqual -One $One -Other $Other) }
    return $false
}

function Test-OrchAbsent {
    param($Value)
    if ($null -eq $Value) { return $true }
    if ($Value -is [bool]) { return -not $Value }
    return ([string]$Value).Length -eq 0
}

function Get-OrchOutcome {
    param([bool]$Holds)
    if ($Holds) { return 'PASS' }
    return 'FAIL'
}

function Get-OrchHolds {
    param([string]$Operator, $Found, $Value)
    if (Test-OrchEqual -One $Operator -Other 'absent') { return (Test-OrchAbsent -Value $Found) }
    if (Test-OrchEqual -One $Operator -Other 'equals') { return (Test-OrchSame -One $Found -Other $Value) }
    if (-not ($Found -is [string])) { return $false }
    if (Test-OrchEqual -One $Operator -Other 'contains') {
        return $Found.IndexOf($Value, [System.StringComparison]::Ordinal) -ge 0
    }
    return [System.Text.RegularExpressions.Regex]::IsMatch($Found, $Value, [System.Text.RegularExpressions.RegexOptions]::CultureInvariant)
}

# What a step without an answer means. A refusal in the switch says nothing of the call itself.
function Get-OrchVerdictOfError {
    param([string]$Operator, [string]$DeniedIn, $Failure)
    $refusal = Get-OrchRefusal -Failure $Failure
    if (Test-OrchEqual -One $refusal -Other 'none') { return 'UNKNOWN' }
    if (Test-OrchEqual -One $Operator -Other 'denied') {
        if ($null -eq $Failure['code']) { return 'UNKNOWN' }
        if (Test-OrchListed -List $OrchMissingCodes -Name $Failure['code']) { return 'FAIL' }
        if (Test-OrchEqual -One $refusal -Other $DeniedIn) { return 'PASS' }
        return 'UNKNOWN'
    }
    if (-not (Test-OrchEqual -One $Operator -Other 'absent')) { return 'FAIL' }
    if (Test-OrchEqual -One $refusal -Other 'in the call') { return 'PASS' }
    return 'UNKNOWN'
}

function Get-OrchVerdict {
    param([string]$Step, [string]$Field, [string]$Operator, $Value, [string]$Fact, [string]$Before, [string]$DeniedIn)
    if (-not $OrchSteps.ContainsKey($Step)) { return 'UNKNOWN' }
    $entry = $OrchSteps[$Step]
    if (-not (Test-OrchEqual -One $entry['state'] -Other 'ok')) {
        return Get-OrchVerdictOfError -Operator $Operator -DeniedIn $DeniedIn -Failure $entry['error']
    }
    if (Test-OrchEqual -One $Operator -Other 'denied') { return 'FAIL' }
    if (-not $entry['value'].Contains($Field)) { return 'UNKNOWN' }
    $found = $entry['value'][$Field]
    if (-not [string]::IsNullOrEmpty($Before)) {
        if (-not $OrchSteps.ContainsKey($Before)) { return 'UNKNOWN' }
        $earlier = $OrchSteps[$Before]
        if (-not (Test-OrchEqual -One $earlier['state'] -Other 'ok')) { return 'UNKNOWN' }
        if (-not $earlier['value'].Contains($Field)) { return 'UNKNOWN' }
        $same = Test-OrchSame -One $found -Other $earlier['value'][$Field]
        if (Test-OrchEqual -One $Operator -Other 'changed') { $same = -not $same }
        return Get-OrchOutcome -Holds $same
    }
    if (-not [string]::IsNullOrEmpty($Fact)) {
        $Value = $OrchFacts[$Fact]
        if ($null -eq $Value) { return 'UNKNOWN' }
    }
    return Get-OrchOutcome -Holds (Get-OrchHolds -Operator $Operator -Found $found -Value $Value)
}

function Add-OrchVerdict {
    param([string]$Id, [string]$Step, [string]$Field, [string]$Operator, $Value, [string]$Fact, [string]$Before, [string]$DeniedIn)
    $OrchOwn[$Id] = Get-OrchVerdict -Step $Step -Field $Field -Operator $Operator -Value $Value -Fact $Fact -Before $Before -DeniedIn $DeniedIn
}

function Get-OrchSum {
    $sum = 'PASS'
    $counted = 0
    if ($null -ne $OrchFatal) { $sum = 'UNKNOWN' }
    foreach ($id in $OrchOwn.Keys) {
        if ($OrchUncounted.Contains($id)) { continue }
        $counted += 1
        if (Test-OrchEqual -One $OrchOwn[$id] -Other 'FAIL') { return 'FAIL' }
        if (-not (Test-OrchEqual -One $OrchOwn[$id] -Other 'PASS')) { $sum = 'UNKNOWN' }
    }
    if ($counted -eq 0) { return 'UNKNOWN' }
    return $sum
}

# One line of ASCII: base64 of gzip of JSON.
function Write-OrchEnvelope {
    param([string]$Verdict, $Restored)
    $OrchTimes['total'] = [int]$OrchWatch.ElapsedMilliseconds
    $envelope = [ordered]@{
        'v' = 1
        'verdict' = $Verdict
        'run' = '20261124T042501Z-3f9a1c'
        'plan' = '9f6a5f1e0c25df4b4747dd43f0b88978e50c960189fc3c0c01213b2976e8c60f'
        'engine' = 'powershell'
        'facts' = $OrchFacts
        'settings' = $OrchSettings
        'probes' = $OrchProbes
        'steps' = [object[]]@($OrchSteps.Values)
        'own' = $OrchOwn
        'restored' = $Restored
        'ms' = $OrchTimes
        'fatal' = $OrchFatal
    }
    $json = ConvertTo-Json -InputObject $envelope -Depth 10 -Compress
    $bytes = [System.Text.Encoding]::UTF8.GetBytes($json)
    $memory = New-Object -TypeName System.IO.MemoryStream
    $gzip = New-Object -TypeName System.IO.Compression.GZipStream -ArgumentList $memory, ([System.IO.Compression.CompressionMode]::Compress)
    $gzip.Write($bytes, 0, $bytes.Length)
    $gzip.Close()
    $body = [System.Convert]::ToBase64String($memory.ToArray())
    [System.Console]::Out.WriteLine('ORCH1:9f6a5f1e:' + $body + ':END')
    [System.Console]::Out.Flush()
}

# ---- What is done on this host -------------------------------------------------------------------
try {
    # The run's own files, which shield it from what lies in the user's.
    $OrchRoot = [System.Environment]::GetEnvironmentVariable('ProgramData')
    if ([string]::IsNullOrEmpty($OrchRoot)) { $OrchRoot = [System.IO.Path]::GetTempPath() }
    $OrchFolder = [System.IO.Path]::Combine($OrchRoot, 'orch-20261124T042501Z-3f9a1c')
    $OrchConfig = [System.IO.Path]::Combine($OrchFolder, 'config')
    $OrchCredentials = [System.IO.Path]::Combine($OrchFolder, 'credentials')
    $OrchUtf8 = New-Object -TypeName System.Text.UTF8Encoding -ArgumentList $false
    $null = [System.IO.Directory]::CreateDirectory($OrchFolder)
    [System.IO.File]::WriteAllText($OrchConfig, (@(
        '[profile switch_test]',
        'role_arn = arn:aws:iam::222222222222:role/Test-Switch-Role',
        'credential_source = Ec2InstanceMetadata',
        ''
    ) -join "`n"), $OrchUtf8)
    [System.IO.File]::WriteAllText($OrchCredentials, '', $OrchUtf8)

    # Set before the first AWS cmdlet, which reads them once.
    Set-OrchVariable -Name 'AWS_CONFIG_FILE' -Value $OrchConfig
    Set-OrchVariable -Name 'AWS_SHARED_CREDENTIALS_FILE' -Value $OrchCredentials
    Set-OrchVariable -Name 'AWS_RETRY_MODE' -Value 'standard'
    Set-OrchVariable -Name 'AWS_MAX_ATTEMPTS' -Value '2'
    Set-OrchVariable -Name 'AWS_REGION' -Value 'ap-northeast-1'
    Set-OrchVariable -Name 'AWS_STS_REGIONAL_ENDPOINTS' -Value 'regional'
    Remove-OrchVariable -Name 'AWS_PROFILE'
    Remove-OrchVariable -Name 'AWS_DEFAULT_PROFILE'
    Remove-OrchVariable -Name 'AWS_ACCESS_KEY_ID'
    Remove-OrchVariable -Name 'AWS_SECRET_ACCESS_KEY'
    Remove-OrchVariable -Name 'AWS_SESSION_TOKEN'

    $OrchFacts['shell'] = 'PowerShell ' + [string]$PSVersionTable['PSEdition']
    $OrchFacts['shell_version'] = [string]$PSVersionTable['PSVersion']
    $OrchFacts['module'] = $null
    $OrchFacts['module_version'] = $null
    $OrchFacts['os'] = [System.Environment]::OSVersion.VersionString
    $OrchFacts['user'] = [System.Environment]::UserName
    $OrchFacts['computer'] = [System.Environment]::MachineName
    $OrchFacts['region'] = 'ap-northeast-1'
    $OrchFacts['region_source'] = 'plan'
    $OrchFacts['config_path'] = $OrchConfig
    $OrchFacts['instance_id'] = [System.Environment]::GetEnvironmentVariable('AWS_SSM_INSTANCE_ID')
    $OrchFacts['profile'] = 'not asked'
    $OrchFacts['profile_role_arn'] = $null

    # Which endpoints answer at all?
    Add-OrchProbe -Service 'imds' -Url 'http://169.254.169.254' -Variables @('AWS_EC2_METADATA_SERVICE_ENDPOINT')
    Add-OrchProbe -Service 'sts' -Url 'https://sts.ap-northeast-1.amazonaws.com' -Variables @('AWS_ENDPOINT_URL_STS', 'AWS_ENDPOINT_URL')
    Add-OrchProbe -Service 's3' -Url 'https://s3.ap-northeast-1.amazonaws.com' -Variables @('AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL')

    # Load the AWS cmdlets. The first time this can take minutes. Their manifests run a script in this
    # very scope: it reads variables that are not there, and prints a notice unless told that it has.
    $OrchStage = [System.Diagnostics.Stopwatch]::StartNew()
    $global:AWSPowerShellMaintenanceWarningShown = $true
    Set-StrictMode -Off
    if (-not ((Import-OrchFamily -Label 'AWS.Tools' -Names @('AWS.Tools.S3', 'AWS.Tools.SecurityToken')) -or
            (Import-OrchFamily -Label 'AWSPowerShell.NetCore' -Names @('AWSPowerShell.NetCore')) -or
            (Import-OrchFamily -Label 'AWSPowerShell' -Names @('AWSPowerShell')))) {
        $OrchFailure = New-OrchFailure -Type 'orch.ModuleMissing' -Text 'none of these is installed: AWS.Tools.S3 and AWS.Tools.SecurityToken in one version; AWSPowerShell.NetCore; AWSPowerShell'
        $OrchFatal = $OrchFailure
        throw 'There are no AWS cmdlets here.'
    }
    Set-StrictMode -Version 3.0
    $OrchTimes['load'] = [int]$OrchStage.ElapsedMilliseconds

    # ---- Before the switch: as the instance itself
    $OrchStage = [System.Diagnostics.Stopwatch]::StartNew()
    # before.identity: who this is
    Invoke-OrchStep -Id 'before.identity' -Way 'session-default' -Services 'sts' -Ask {
        $answer = Get-STSCallerIdentity -Region 'ap-northeast-1'
        $arn = [string]$answer.Arn
        $pieces = $arn.Split([char[]]':', 6)
        $path = $pieces[$pieces.Length - 1].Split([char[]]'/')
        $role = $null
        $session = $null
        if ($path.Length -eq 3 -and (Test-OrchEqual -One $path[0] -Other 'assumed-role')) {
            $role = $path[1]
            $session = $path[2]
        }
        [ordered]@{
            'account' = [string]$answer.Account
            'arn' = $arn
            'user_id' = [string]$answer.UserId
            'role' = $role
            'session' = $session
        }
    }
    # before.s3_bucket: whether the bucket is listed
    Invoke-OrchStep -Id 'before.s3_bucket' -Way 'session-default' -Services 's3' -Ask {
        # It filters its list here on the host, and answers nothing for a bucket that is not in it.
        $listed = @(Get-S3Bucket -BucketName 'xxxxxxxx-cloudtrail' -Region 'ap-northeast-1')
        $found = $false
        $created = $null
        foreach ($bucket in $listed) {
            if ($null -ne $bucket -and (Test-OrchEqual -One $bucket.BucketName -Other 'xxxxxxxx-cloudtrail')) {
                $found = $true
                if ($null -ne $bucket.CreationDate) {
                    $utc = ([datetime]$bucket.CreationDate).ToUniversalTime()
                    $created = $utc.ToString('yyyy-MM-ddTHH:mm:ssZ', [System.Globalization.CultureInfo]::InvariantCulture)
                }
            }
        }
        [ordered]@{ 'found' = $found; 'name' = 'xxxxxxxx-cloudtrail'; 'created' = $created }
    }
    $OrchTimes['before'] = [int]$OrchStage.ElapsedMilliseconds

    # ---- The switch: what do the cmdlets make of the profile? This asks nobody but the files.
    $OrchStage = [System.Diagnostics.Stopwatch]::StartNew()
    if ($null -ne $OrchFacts['module']) { try {
        $OrchFound = @(Get-AWSCredential -ProfileName 'switch_test')
        if ($OrchFound.Length -eq 0 -or $null -eq $OrchFound[0]) {
            $OrchFacts['profile'] = 'missing'
            $OrchFailure = New-OrchFailure -Type 'orch.ProfileMissing' -Text 'Get-AWSCredential finds no profile switch_test'
            $OrchUnfit['profile'] = $OrchFailure
            $OrchUnfit['session-default'] = $OrchFailure
        } else {
            $OrchFacts['profile'] = 'valid'
            $OrchProperty = $OrchFound[0].PSObject.Properties['RoleArn']
            if ($null -ne $OrchProperty) { $OrchFacts['profile_role_arn'] = [string]$OrchProperty.Value }
            # The session's default from here on, until this process ends: no call below names a profile.
            Set-AWSCredential -ProfileName 'switch_test' -Scope Global
        }
    } catch {
        $OrchFailure = Get-OrchFailure -Record $_
        if (Test-OrchListed -List $OrchFailure['chain'] -Name 'System.IO.InvalidDataException') {
            $OrchFacts['profile'] = 'invalid'
            $OrchFailure['chain'] = [string[]](@('orch.ProfileInvalid') + $OrchFailure['chain'])
            $OrchUnfit['profile'] = $OrchFailure
            $OrchUnfit['session-default'] = $OrchFailure
        } else {
            $OrchFacts['profile_error'] = [string]$OrchFailure['chain'][0]
            # Not the profile's fault: the steps that name it will meet it themselves. Without the default
            # the others would answer as the instance's own role.
            $OrchUnfit['session-default'] = $OrchFailure
        }
    } }
    $OrchTimes['switch'] = [int]$OrchStage.ElapsedMilliseconds

    # ---- After the switch: through the profile
    $OrchStage = [System.Diagnostics.Stopwatch]::StartNew()
    # after.identity: who this is
    Invoke-OrchStep -Id 'after.identity' -Way 'session-default' -Services 'sts' -Switched -Ask {
        $answer = Get-STSCallerIdentity -Region 'ap-northeast-1'
        $arn = [string]$answer.Arn
        $pieces = $arn.Split([char[]]':', 6)
        $path = $pieces[$pieces.Length - 1].Split([char[]]'/')
        $role = $null
        $session = $null
        if ($path.Length -eq 3 -and (Test-OrchEqual -One $path[0] -Other 'assumed-role')) {
            $role = $path[1]
            $session = $path[2]
        }
        [ordered]@{
            'account' = [string]$answer.Account
            'arn' = $arn
            'user_id' = [string]$answer.UserId
            'role' = $role
            'session' = $session
        }
    }
    # after.s3_bucket: whether the bucket is listed
    Invoke-OrchStep -Id 'after.s3_bucket' -Way 'session-default' -Services 'sts', 's3' -Switched -Ask {
        # It filters its list here on the host, and answers nothing for a bucket that is not in it.
        $listed = @(Get-S3Bucket -BucketName 'xxxxxxxx-cloudtrail' -Region 'ap-northeast-1')
        $found = $false
        $created = $null
        foreach ($bucket in $listed) {
            if ($null -ne $bucket -and (Test-OrchEqual -One $bucket.BucketName -Other 'xxxxxxxx-cloudtrail')) {
                $found = $true
                if ($null -ne $bucket.CreationDate) {
                    $utc = ([datetime]$bucket.CreationDate).ToUniversalTime()
                    $created = $utc.ToString('yyyy-MM-ddTHH:mm:ssZ', [System.Globalization.CultureInfo]::InvariantCulture)
                }
            }
        }
        [ordered]@{ 'found' = $found; 'name' = 'xxxxxxxx-cloudtrail'; 'created' = $created }
    }
    $OrchTimes['after'] = [int]$OrchStage.ElapsedMilliseconds
} catch {
    if ($null -eq $OrchFatal) { $OrchFatal = Get-OrchFailure -Record $_ }
} finally {
    $OrchStage = [System.Diagnostics.Stopwatch]::StartNew()
    $OrchRestored = Remove-OrchFolder -Path $OrchFolder
    $OrchTimes['restore'] = [int]$OrchStage.ElapsedMilliseconds
}

# ---- What was expected ---------------------------------------------------------------------------
Add-OrchVerdict -Id 'before.identity.session.equals' -Step 'before.identity' -Field 'session' -Operator 'equals' -Fact 'instance_id'
Add-OrchVerdict -Id 'before.s3_bucket.found.absent' -Step 'before.s3_bucket' -Field 'found' -Operator 'absent'
Add-OrchVerdict -Id 'after.identity.account.equals' -Step 'after.identity' -Field 'account' -Operator 'equals' -Value '222222222222'
Add-OrchVerdict -Id 'after.identity.role.equals' -Step 'after.identity' -Field 'role' -Operator 'equals' -Value 'Test-Switch-Role'
Add-OrchVerdict -Id 'after.identity.arn.changed' -Step 'after.identity' -Field 'arn' -Operator 'changed' -Before 'before.identity'
Add-OrchVerdict -Id 'after.s3_bucket.found.equals' -Step 'after.s3_bucket' -Field 'found' -Operator 'equals' -Value $true

$OrchVerdict = Get-OrchSum
Write-OrchEnvelope -Verdict $OrchVerdict -Restored $OrchRestored
if (Test-OrchEqual -One $OrchVerdict -Other 'PASS') { exit 0 }
if (Test-OrchEqual -One $OrchVerdict -Other 'FAIL') { exit 10 }
exit 20
