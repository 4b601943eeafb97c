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
# What errors mean: the first of these types in a chain decides.
$OrchProfileTypes = [string[]]@('orch.ProfileMissing', 'orch.ProfileInvalid', 'System.IO.InvalidDataException')
$OrchNetworkTypes = [string[]]@('orch.Unreachable', 'System.Net.Http.HttpRequestException', 'System.Net.Sockets.SocketException', 'System.Net.WebException', 'System.TimeoutException', 'System.Threading.Tasks.TaskCanceledException')
$OrchMissingTypes = [string[]]@('orch.ModuleMissing', 'orch.CliMissing', 'orch.PythonMissing')
$OrchOtherTypes = $OrchNetworkTypes + $OrchMissingTypes + [string[]]@('orch.Metadata', 'orch.ProfileConflict', 'orch.HostUserUnknown')
$OrchRefusalCodes = [string[]]@('AccessDenied', 'AccessDeniedException', 'NoSuchBucket')
$OrchMissingCodes = [string[]]@('NoSuchBucket')
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

# The metadata lie on the instance itself: no program that is started may ask a proxy for them.
$OrchProxied = $env:HTTP_PROXY -or $env:HTTPS_PROXY -or $env:http_proxy -or $env:https_proxy
function Set-OrchNoProxy {
    $kept = [string]$env:NO_PROXY
    if (-not $OrchProxied -or (Test-OrchEqual -One $kept -Other '*')) { return }
    $own = [System.Text.RegularExpressions.Regex]::Match([string]$env:AWS_EC2_METADATA_SERVICE_ENDPOINT, '//(\[.*\]|[^:/]+)').Groups[1].Value
    Set-OrchVariable -Name 'NO_PROXY' -Value (($kept + ',169.254.169.254,[fd00:ec2::254],' + $own).Trim([char[]]','))
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
    if ($OrchProxied -and -not (Test-OrchEqual -One $Service -Other 'imds')) {
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
        if (Test-OrchListed -List $OrchOtherTypes -Name $type) { return 'none' }
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

# An expectation is named by its step, its field and its operator, where it has no other name.
function Add-OrchVerdict {
    param([string]$Step, [string]$Field, [string]$Operator, $Value, [string]$Fact, [string]$Before, [string]$DeniedIn, [string]$Id)
    if ([string]::IsNullOrEmpty($Id)) { $Id = $Step + '.' + $Field + '.' + $Operator }
    $OrchOwn[$Id] = Get-OrchVerdict -Step $Step -Field $Field -Operator $Operator -Value $Value -Fact $Fact -Before $Before -DeniedIn $DeniedIn
}

# The sum of these expectations.
function Get-OrchSum {
    param($Ids)
    $sum = 'PASS'
    $counted = 0
    if ($null -ne $OrchFatal) { $sum = 'UNKNOWN' }
    foreach ($id in $Ids) {
        if ($OrchUncounted.Contains($id)) { continue }
        $counted += 1
        if (Test-OrchEqual -One $OrchOwn[$id] -Other 'FAIL') { return 'FAIL' }
        if (-not (Test-OrchEqual -One $OrchOwn[$id] -Other 'PASS')) { $sum = 'UNKNOWN' }
    }
    if ($counted -eq 0) { return 'UNKNOWN' }
    return $sum
}

# The run's own folder: made before anything is changed, and held by a lock on its file "lock", which
# the system takes away with the process, however that ends. undo.json says what was there before.
$OrchLock = $null
$OrchLatin = [System.Text.Encoding]::GetEncoding(28591)
$OrchRunFiles = [string[]]@('given', 'home', 'config', 'credentials', 'backup', 'undo.json.new', 'sdk-store', 'undo.json', 'lock')
$OrchRoot = [System.Environment]::GetEnvironmentVariable('ProgramData')
if ([string]::IsNullOrEmpty($OrchRoot)) { $OrchRoot = [System.IO.Path]::GetTempPath() }

# Text as bytes, one character each. On the disk when this returns.
function Write-OrchDurably {
    param([string]$Path, [string]$Text)
    $bytes = $OrchLatin.GetBytes($Text)
    $stream = New-Object -TypeName System.IO.FileStream -ArgumentList $Path, ([System.IO.FileMode]::Create), ([System.IO.FileAccess]::Write), ([System.IO.FileShare]::None)
    try {
        $stream.Write($bytes, 0, $bytes.Length)
        $stream.Flush($true)
    } finally {
        $stream.Close()
    }
}

function Open-OrchLock {
    param([string]$Folder, [System.IO.FileMode]$Mode, [System.IO.FileAccess]$Access, [System.IO.FileShare]$Share)
    $path = [System.IO.Path]::Combine($Folder, 'lock')
    return New-Object -TypeName System.IO.FileStream -ArgumentList $path, $Mode, $Access, $Share
}

# The folder's lock; nothing while another process has it.
function Get-OrchLock {
    param([string]$Folder)
    for ($try = 0; $try -lt 40; $try++) {
        try {
            return Open-OrchLock -Folder $Folder -Mode ([System.IO.FileMode]::OpenOrCreate) -Access ([System.IO.FileAccess]::ReadWrite) -Share ([System.IO.FileShare]::None)
        } catch {
            $null = [System.Threading.Thread]::Sleep(50)
        }
    }
}

function Test-OrchLives {
    param([string]$Folder)
    if (-not [System.IO.File]::Exists([System.IO.Path]::Combine($Folder, 'lock'))) { return $false }
    try {
        $share = [System.IO.FileShare]([int][System.IO.FileShare]::Read + [int][System.IO.FileShare]::Delete)
        $stream = Open-OrchLock -Folder $Folder -Mode ([System.IO.FileMode]::Open) -Access ([System.IO.FileAccess]::Read) -Share $share
        $stream.Close()
        return $false
    } catch {
        # It may have ended, and gone, at this very moment.
        return [System.IO.File]::Exists([System.IO.Path]::Combine($Folder, 'lock'))
    }
}

function Test-OrchWindows {
    return [int][System.Environment]::OSVersion.Platform -eq 2
}

function Get-OrchTrusted {
    return [string[]]@('S-1-5-18', 'S-1-5-32-544', [System.Security.Principal.WindowsIdentity]::GetCurrent().User.Value)
}

# Everybody may make folders there: a note that somebody else wrote must not be obeyed.
function Test-OrchOurs {
    param([string]$Path)
    if (-not (Test-OrchWindows)) { return $true }
    $owner = (Get-Acl -LiteralPath $Path).GetOwner([System.Security.Principal.SecurityIdentifier]).Value
    return Test-OrchListed -List (Get-OrchTrusted) -Name $owner
}

# The folders of runs, whether they live or not. Others' folders are none.
function Get-OrchRunFolders {
    $found = New-Object -TypeName 'System.Collections.Generic.List[string]'
    if (-not [System.IO.Directory]::Exists($OrchRoot)) { return $found }
    foreach ($path in [System.IO.Directory]::GetDirectories($OrchRoot, 'orch-*')) {
        $usual = [System.Text.RegularExpressions.Regex]::IsMatch([System.IO.Path]::GetFileName($path), '\Aorch-[0-9]{8}T[0-9]{6}Z-[0-9a-f]{6}(-restore)?\z')
        $ours = $false
        try {
            if (-not (Test-OrchOurs -Path $path)) { continue }
            foreach ($item in [System.IO.Directory]::GetFileSystemEntries($path)) {
                $name = [System.IO.Path]::GetFileName($item)
                if (-not (Test-OrchListed -List $OrchRunFiles -Name $name)) { $usual = $false }
                if (Test-OrchListed -List @('lock', 'undo.json') -Name $name) { $ours = $true }
                if (-not (Test-OrchOurs -Path $item)) { throw 'Somebody else wrote there.' }
            }
        } catch {
            continue
        }
        if ($ours -or $usual) { $found.Add($path) }
    }
    $null = $found.Sort([System.StringComparer]::Ordinal)
    return $found
}

# Remove a run's folder. What is left of it, if anything; others' files are never removed.
function Remove-OrchFolder {
    param([string]$Folder, $Lock)
    foreach ($name in $OrchRunFiles) {
        if (Test-OrchEqual -One $name -Other 'lock') { $Lock.Close() }
        try {
            [System.IO.File]::Delete([System.IO.Path]::Combine($Folder, $name))
        } catch {
            $null = $_
        }
    }
    # Whoever looks at it, or was just killed in it, may hold it for a moment yet.
    for ($try = 0; $try -lt 20; $try++) {
        try { [System.IO.Directory]::Delete($Folder) } catch { $null = $_ }
        if (-not [System.IO.Directory]::Exists($Folder)) { return }
        $null = [System.Threading.Thread]::Sleep(100)
    }
    return $Folder
}

# Nobody but the system, its administrators and whoever runs this may read or write there.
function Protect-OrchFolder {
    param([string]$Folder)
    if (-not (Test-OrchWindows)) { return }
    $acl = New-Object -TypeName System.Security.AccessControl.DirectorySecurity
    $null = $acl.SetAccessRuleProtection($true, $false)
    foreach ($sid in (Get-OrchTrusted)) {
        $who = New-Object -TypeName System.Security.Principal.SecurityIdentifier -ArgumentList $sid
        $rule = New-Object -TypeName System.Security.AccessControl.FileSystemAccessRule -ArgumentList $who, ([System.Security.AccessControl.FileSystemRights]::FullControl), ([System.Security.AccessControl.InheritanceFlags]3), ([System.Security.AccessControl.PropagationFlags]::None), ([System.Security.AccessControl.AccessControlType]::Allow)
        $null = $acl.SetAccessRule($rule)
    }
    Set-Acl -LiteralPath $Folder -AclObject $acl
}

function Enter-OrchFolder {
    param([string]$Folder)
    $null = [System.IO.Directory]::CreateDirectory($OrchRoot)
    $taken = [System.IO.Directory]::Exists($Folder) -or [System.IO.File]::Exists($Folder)
    if (-not $taken) {
        $null = [System.IO.Directory]::CreateDirectory($Folder)
        try { Protect-OrchFolder -Folder $Folder } catch { [System.IO.Directory]::Delete($Folder); throw }
        # Whatever is in it by now was put there by somebody else.
        $taken = [System.IO.Directory]::GetFileSystemEntries($Folder).Length -gt 0
    }
    if (-not $taken) {
        $script:OrchLock = Get-OrchLock -Folder $Folder
        $taken = $null -eq $OrchLock
    }
    if ($taken) {
        $script:OrchFatal = New-OrchFailure -Type 'orch.RunFolderTaken' -Text ($Folder + ' is there already: a run id serves once')
        throw 'The folder of this run is taken.'
    }
    Write-OrchDurably -Path ([System.IO.Path]::Combine($Folder, 'undo.json')) -Text '{"v": 1, "run": "20261124T042501Z-3f9a1c", "kind": "ephemeral"}'
}

# The ids of at most three runs that ended without putting things back.
function Get-OrchUnfinished {
    $dead = New-Object -TypeName 'System.Collections.Generic.List[string]'
    foreach ($path in @(Get-OrchRunFolders)) {
        if ($dead.Count -lt 3 -and -not (Test-OrchEqual -One $path -Other $OrchFolder) -and -not (Test-OrchLives -Folder $path)) {
            $dead.Add([System.IO.Path]::GetFileName($path).Substring(5))
        }
    }
    return $dead.ToArray() -join ' '
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

# The facts of an identity. An assumed role's ARN ends in assumed-role/ROLE/SESSION, without a path.
function Read-OrchIdentity {
    param($Answer)
    $arn = [string]$Answer.Arn
    $pieces = $arn.Split([char[]]':', 6)
    $path = $pieces[$pieces.Length - 1].Split([char[]]'/')
    $role = $null
    $session = $null
    if ($path.Length -eq 3 -and (Test-OrchEqual -One $path[0] -Other 'assumed-role')) {
        $role = $path[1]
        $session = $path[2]
    }
    return [ordered]@{
        'account' = [string]$Answer.Account
        'arn' = $arn
        'user_id' = [string]$Answer.UserId
        'role' = $role
        'session' = $session
    }
}

# Whether the bucket is among those that were listed, letter by letter, and since when it exists.
function Read-OrchBucket {
    param([object[]]$Listed, [string]$Property, [string]$Name)
    $found = $false
    $created = $null
    foreach ($bucket in $Listed) {
        if ($null -ne $bucket -and (Test-OrchEqual -One $bucket.$Property -Other $Name)) {
            $found = $true
            if ($null -ne $bucket.CreationDate) {
                $utc = ([datetime]$bucket.CreationDate).ToUniversalTime()
                $created = $utc.ToString('yyyy-MM-ddTHH:mm:ssZ', [System.Globalization.CultureInfo]::InvariantCulture)
            }
        }
    }
    return [ordered]@{ 'found' = $found; 'name' = $Name; 'created' = $created }
}

# ---- What is done on this host -------------------------------------------------------------------
try {
    $OrchFolder = [System.IO.Path]::Combine($OrchRoot, 'orch-20261124T042501Z-3f9a1c')
    # The run's own files, which shield it from what lies in the user's.
    $OrchConfig = [System.IO.Path]::Combine($OrchFolder, 'config')
    $OrchCredentials = [System.IO.Path]::Combine($OrchFolder, 'credentials')
    Enter-OrchFolder -Folder $OrchFolder
    Write-OrchDurably -Path $OrchConfig -Text (@(
        '[profile switch_test]',
        'role_arn = arn:aws:iam::222222222222:role/Test-Switch-Role',
        'credential_source = Ec2InstanceMetadata',
        ''
    ) -join "`n")
    Write-OrchDurably -Path $OrchCredentials -Text ''
    $OrchDead = Get-OrchUnfinished
    if ($OrchDead.Length -gt 0) { $OrchFacts['unfinished'] = $OrchDead }

    # Set before the first AWS cmdlet, which reads them once.
    Set-OrchVariable -Name 'AWS_CONFIG_FILE' -Value $OrchConfig
    Set-OrchVariable -Name 'AWS_SHARED_CREDENTIALS_FILE' -Value $OrchCredentials
    Set-OrchVariable -Name 'AWS_RETRY_MODE' -Value 'standard'
    Set-OrchVariable -Name 'AWS_MAX_ATTEMPTS' -Value '2'
    Set-OrchVariable -Name 'AWS_REGION' -Value 'ap-northeast-1'
    Set-OrchVariable -Name 'AWS_STS_REGIONAL_ENDPOINTS' -Value 'regional'
    Set-OrchNoProxy
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
    # The SDK asks for the metadata through the system's proxy, unless it is given one: one that is none.
    try { [Amazon.Util.EC2InstanceMetadata]::Proxy = New-Object -TypeName System.Net.WebProxy } catch { $null = $_ }
    Set-StrictMode -Version 3.0
    $OrchTimes['load'] = [int]$OrchStage.ElapsedMilliseconds

    # ---- Before the switch: as the instance itself
    $OrchStage = [System.Diagnostics.Stopwatch]::StartNew()
    # before.identity: who this is
    Invoke-OrchStep -Id 'before.identity' -Way 'session-default' -Services 'sts' -Ask {
        Read-OrchIdentity -Answer (Get-STSCallerIdentity -Region 'ap-northeast-1')
    }
    # before.s3_bucket: whether the bucket is listed
    Invoke-OrchStep -Id 'before.s3_bucket' -Way 'session-default' -Services 's3' -Ask {
        # It filters its list here on the host, and answers nothing for a bucket that is not in it.
        $listed = @(Get-S3Bucket -BucketName 'xxxxxxxx-cloudtrail' -Region 'ap-northeast-1')
        Read-OrchBucket -Listed $listed -Property 'BucketName' -Name 'xxxxxxxx-cloudtrail'
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
        Read-OrchIdentity -Answer (Get-STSCallerIdentity -Region 'ap-northeast-1')
    }
    # after.s3_bucket: whether the bucket is listed
    Invoke-OrchStep -Id 'after.s3_bucket' -Way 'session-default' -Services 'sts', 's3' -Switched -Ask {
        # It filters its list here on the host, and answers nothing for a bucket that is not in it.
        $listed = @(Get-S3Bucket -BucketName 'xxxxxxxx-cloudtrail' -Region 'ap-northeast-1')
        Read-OrchBucket -Listed $listed -Property 'BucketName' -Name 'xxxxxxxx-cloudtrail'
    }
    $OrchTimes['after'] = [int]$OrchStage.ElapsedMilliseconds
} catch {
    if ($null -eq $OrchFatal) { $OrchFatal = Get-OrchFailure -Record $_ }
}

# ---- What was expected, and then all is put back -------------------------------------------------
$OrchVerdict = 'UNKNOWN'
try {
    Add-OrchVerdict -Step 'before.identity' -Field 'session' -Operator 'equals' -Fact 'instance_id'
    Add-OrchVerdict -Step 'before.s3_bucket' -Field 'found' -Operator 'absent'
    Add-OrchVerdict -Step 'after.identity' -Field 'account' -Operator 'equals' -Value '222222222222'
    Add-OrchVerdict -Step 'after.identity' -Field 'role' -Operator 'equals' -Value 'Test-Switch-Role'
    Add-OrchVerdict -Step 'after.identity' -Field 'arn' -Operator 'changed' -Before 'before.identity'
    Add-OrchVerdict -Step 'after.s3_bucket' -Field 'found' -Operator 'equals' -Value $true
    $OrchVerdict = Get-OrchSum -Ids $OrchOwn.Keys
} finally {
    $OrchStage = [System.Diagnostics.Stopwatch]::StartNew()
    $OrchRestored = [ordered]@{ 'state' = 'restored'; 'changed' = [string[]]@(); 'left' = [string[]]@() }
    if ($null -ne $OrchLock) {
        $OrchRest = ''
        $OrchChanged = [string[]]@($OrchFolder)
        # What is needed to put it back by hand stays too.
        if ($OrchRest.Length -gt 0) {
            $OrchLeft = [string[]]@($OrchRest, $OrchFolder)
        } else {
            $OrchLeft = [string[]]@(Remove-OrchFolder -Folder $OrchFolder -Lock $OrchLock)
        }
        $OrchRestored['changed'] = $OrchChanged
        $OrchRestored['left'] = $OrchLeft
        if ($OrchLeft.Length -gt 0) { $OrchRestored['state'] = 'failed' }
    }
    $OrchTimes['restore'] = [int]$OrchStage.ElapsedMilliseconds
}
Write-OrchEnvelope -Verdict $OrchVerdict -Restored $OrchRestored
if (Test-OrchEqual -One $OrchVerdict -Other 'PASS') { exit 0 }
if (Test-OrchEqual -One $OrchVerdict -Other 'FAIL') { exit 10 }
exit 20
