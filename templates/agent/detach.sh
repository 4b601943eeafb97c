#!/bin/sh
# Puts back what attach.sh has changed, and removes what the agent kept of this sandbox.
set -eu
service=${1:-amazon-ssm-agent}
config=/etc/amazon/ssm/amazon-ssm-agent.json
dropin=/etc/systemd/system/$service.service.d
if [ ! -e "$config.before-orch" ] && [ ! -e "$config.none-before-orch" ]; then
    echo "nothing of attach.sh is here" >&2
    exit 1
fi
systemctl stop "$service"
rm -f "$dropin/orch-sandbox.conf"
rmdir "$dropin" 2>/dev/null || true
if [ -e "$config.before-orch" ]; then
    mv "$config.before-orch" "$config"
else
    rm -f "$config" "$config.none-before-orch"
fi
rm -rf "/var/lib/amazon/ssm/@INSTANCE@"
@REMOVE@
systemctl daemon-reload
systemctl start "$service"
