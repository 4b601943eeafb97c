#!/bin/sh
# Attaches this machine's amazon-ssm-agent to a sandbox of orch. detach.sh puts everything back.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
service=${1:-amazon-ssm-agent}
config=/etc/amazon/ssm/amazon-ssm-agent.json
dropin=/etc/systemd/system/$service.service.d
@ADMISSION@
# What was there is kept once: whoever attaches twice loses nothing.
if [ ! -e "$config.before-orch" ] && [ ! -e "$config.none-before-orch" ]; then
    mkdir -p "$(dirname "$config")"
    if [ -e "$config" ]; then
        cp -p "$config" "$config.before-orch"
    else
        : >"$config.none-before-orch"
    fi
fi
systemctl stop "$service"
cp "$here/amazon-ssm-agent.json" "$config"
@MAKE@
mkdir -p "$dropin"
cp "$here/orch-sandbox.conf" "$dropin/orch-sandbox.conf"
systemctl daemon-reload
systemctl start "$service"
