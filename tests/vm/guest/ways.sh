#!/bin/bash
# In the machine, as root in a system service: the agent, then each way in and up. "statement NAME" is what every way ends in.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
export DB=/mnt/ways.db
ME=/mnt/ways.sh
SECONDS_EACH=90

statement() { exec sqlite3 -readonly $DB "SELECT ip AS $1 FROM qprov_ways" > /dev/null; }

# Held: not before somebody opens the gate, by which time the login is over.
held() {
	touch "/run/held/$1.waits"
	while [ ! -e "/run/held/$1.go" ]; do sleep 0.1; done
	statement "$1"
}

as() { # ACCOUNT PORT COMMAND: by ssh
	local who=$1 port=$2
	shift 2
	ssh -n -p "$port" -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o BatchMode=yes "$who@127.0.0.1" "$@"
}
alice() { as alice 22 "$@"; }
let_go() { # NAME: waits for the held session, then opens its gate
	until [ -e "/run/held/$1.waits" ]; do sleep 0.1; done
	touch "/run/held/$1.go"
}

ssh_command() { alice "$ME statement $1"; }
ssh_terminal() { ssh -tt -p 22 -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR alice@127.0.0.1 "$ME statement $1" < /dev/null; }
ssh_sudo() { alice "sudo -n $ME statement $1"; }
ssh_sudo_login_shell() { alice "sudo -n -i $ME statement $1"; }
ssh_su_login() { alice "sudo -n su - bob -c '$ME statement $1'"; }
ssh_tmux() { alice "tmux -L $1 new-session -d '$ME held $1'" && let_go "$1"; }
ssh_screen() { alice "screen -dmS $1 $ME held $1" && let_go "$1"; }
ssh_setsid() { alice "setsid --fork $ME held $1 > /dev/null 2>&1" && let_go "$1"; }
ssh_at() { alice "echo '$ME statement $1' | at now 2> /dev/null"; }
at_without_loginuid() {
	sed -i '/pam_loginuid/d' /etc/pam.d/atd
	alice "echo '$ME statement $1' | at now 2> /dev/null"
}
user_run() { as alice 22 "systemd-run --user --quiet --wait $ME statement $1"; }
user_timer() { as bob 22 "systemd-run --user --quiet --on-active=0.1s --timer-property=AccuracySec=10ms $ME statement $1; sleep 3"; }
lingering_service() { systemd-run --user --quiet --wait -M alice@.host $ME statement "$1"; }
system_run_uid() { systemd-run --quiet --wait --uid=bob $ME statement "$1"; }
system_run_by_sudo() { alice "sudo -n systemd-run --quiet --wait $ME statement $1"; }
dynamic_user() { systemd-run --quiet --wait --property=DynamicUser=yes --unit=qprov-dynamic $ME statement "$1"; }
unit_with_user() {
	printf '[Service]\nType=oneshot\nUser=bob\nExecStart=%s statement %s\n' $ME "$1" > /run/systemd/system/qprov-unit.service
	systemctl daemon-reload && systemctl start qprov-unit.service
}
su_from_service() { su -s /bin/bash bob -c "$ME statement $1"; }
su_login_from_service() { su - bob -c "$ME statement $1"; }
runuser_from_service() { runuser -u bob -- $ME statement "$1"; }
machinectl_shell() { machinectl --quiet shell bob@.host $ME statement "$1"; }
run0() { alice "sudo -n run0 --user=bob --pipe $ME statement $1"; }
greetd() { systemctl start greetd.service; }

# Programs in containers are files of their own: the first run shows them, a later one is heard.
inside() {
	local one="sqlite3 -readonly $DB 'SELECT ip AS $1 FROM qprov_ways'" all="" i
	for i in 1 2 3 4 5 6; do all="$all$one; sleep 0.5; "; done
	echo "${all}true"
}
nspawn() { alice "sudo -n systemd-nspawn --quiet --register=no --keep-unit -M box -D /var/lib/machines/box --bind=/mnt /bin/sh -c \"$(inside "$1")\"" > /dev/null; }
nspawn_machine() { alice "sudo -n systemd-nspawn --quiet -M box -D /var/lib/machines/box --bind=/mnt /bin/sh -c \"$(inside "$1")\"" > /dev/null; }
podman_rootless() { alice "podman --log-level=error run --rm --network=none --no-hosts -v /mnt:/mnt --rootfs /home/alice/box /bin/sh -c \"$(inside "$1")\"" > /dev/null; }
podman_root() { alice "sudo -n podman --log-level=error run --rm --network=none --no-hosts -v /mnt:/mnt --rootfs /var/lib/machines/box /bin/sh -c \"$(inside "$1")\"" > /dev/null; }
podman_exec() {
	podman --log-level=error run -d --name held --network=none --no-hosts -v /mnt:/mnt --rootfs /var/lib/machines/box /usr/bin/sleep 1000 > /dev/null
	alice "sudo -n podman exec held /bin/sh -c \"$(inside "$1")\"" > /dev/null
	podman rm --force --time 0 held > /dev/null
}
docker_run() {
	alice "docker run --rm --network=none -v /mnt:/mnt box /bin/sh -c \"$(inside "$1")\"" > /dev/null
}
docker_exec() {
	docker run -d --name held --network=none -v /mnt:/mnt box /usr/bin/sleep 1000 > /dev/null
	alice "docker exec held /bin/sh -c \"$(inside "$1")\"" > /dev/null
	docker rm -f held > /dev/null
}
lxc() { alice "sudo -n lxc-execute -n box -- /bin/sh -c \"$(inside "$1")\"" > /dev/null; }

start_docker() {
	mkdir -p /etc/docker
	echo '{"iptables": false, "ip6tables": false, "bridge": "none", "storage-driver": "overlay2"}' > /etc/docker/daemon.json
	systemctl start docker.service && tar -C /var/lib/machines/box -c . | docker import - box > /dev/null
}

one() { # NAME
	local began=$(date +%s.%N)
	timeout --foreground $SECONDS_EACH $ME way "$1" > "/run/out.$1" 2>&1
	local status=$?
	echo "@way $1 $status $(echo "$(date +%s.%N) $began" | awk '{printf "%.1f", $1 - $2}') $(tr '\n' ' ' < "/run/out.$1" | cut -c1-300)"
}

before_the_agent() {
	grep -q before_the_agent /mnt/ways || return
	as carol 22 "tmux -L before new-session -d '$ME held tmux_before_the_agent'"
	as carol 2222 "tmux -L bare new-session -d '$ME held audit_before_the_agent'"
	ssh -n -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR alice@127.0.0.1 "$ME held ssh_before_the_agent" &
	for name in tmux_before_the_agent audit_before_the_agent ssh_before_the_agent; do
		until [ -e /run/held/$name.waits ]; do sleep 0.1; done
	done
}

# As the unit has it that is installed, with its limits; the lines go to where they are fetched from.
start_agent() {
	sed "s|^ExecStart=.*|ExecStart=/mnt/qprov run -c /mnt/qprov.yaml\nStandardOutput=append:/mnt/events\nStandardError=append:/mnt/log|" \
		/mnt/qprov.service > /run/systemd/system/qprov.service
	systemctl daemon-reload
	systemctl start qprov.service
}

main() {
	echo "@up $(cut -d' ' -f1 /proc/uptime)"
	mkdir -m 777 -p /run/held
	/usr/sbin/sshd -f /etc/ssh/sshd_bare
	before_the_agent
	start_agent
	until grep -qx ready /mnt/log || ! systemctl -q is-active qprov.service; do sleep 0.1; done
	echo "@ready $(cut -d' ' -f1 /proc/uptime)"
	systemctl start --no-block serial-getty@ttyS1.service
	grep -qx cron /mnt/ways && echo "* * * * * alice [ -e /run/held/cron.done ] || { touch /run/held/cron.done; $ME statement cron; }" > /etc/cron.d/ways
	for name in $(cat /mnt/ways); do
		case $name in
		*_before_the_agent) let_go "$name" && echo "@way $name 0 0" ;;
		docker_run) start_docker > /run/out.docker 2>&1 || echo "@docker $(tr '\n' ' ' < /run/out.docker)"; one $name ;;
		cron | console) ;;
		*) one "$name" ;;
		esac
	done
	grep -qx cron /mnt/ways && until [ -e /run/held/cron.done ]; do sleep 0.2; done && echo "@way cron 0 0"
	grep -qx console /mnt/ways && until [ -e /run/held/console.done ]; do sleep 0.2; done && echo "@way console 0 0"
	# What is read beside the stream takes a moment; then the end.
	sleep 2
	date -s '+1 hour' > /dev/null
	sleep 2 # a tick
	systemctl stop qprov.service
	echo "@exit $(systemctl show --value -p ExecMainStatus qprov.service)"
	journalctl -b --no-pager -q -n 400 > /mnt/journal 2>&1
	for file in /run/systemd/sessions/*; do [ -f "$file" ] && cp "$file" /mnt/sessions/; done
	cp /var/log/audit/audit.log /mnt/ 2> /dev/null
	umount /mnt || mount -o remount,ro /mnt
	echo "@end $(cut -d' ' -f1 /proc/uptime)"
	sync
	echo o > /proc/sysrq-trigger
}

case $1 in
statement | held) "$1" "$2" ;;
way) "$2" "$2" ;;
main) main ;;
esac
