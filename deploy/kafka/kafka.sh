#!/usr/bin/env bash
# One Kafka broker on loopback, for development and tests. Needs Linux, Java 17 and (once) Maven; no root.
#
#   kafka.sh start     start it in the background, return when it accepts clients
#   kafka.sh stop      end it: TERM, after 20 seconds KILL
#   kafka.sh status    exit 0 when it accepts clients, else 1
#   kafka.sh run       this process becomes the broker
#   kafka.sh check     exit 3 and say what this machine lacks, if anything
#
#   KAFKA_DATA             folder of its data, log and pid file (.kafka in the repository)
#   KAFKA_PORT             for clients (9092)
#   KAFKA_CONTROLLER_PORT  for itself (9093)
#   KAFKA_HEAP             options of the Java heap (-Xms128m -Xmx384m)
#
# The first start also makes an archive of classes beside the jars (51 MB, ten seconds), which halves all later ones,
# and keeps a formatted folder there, of which a new folder of data is a copy with ids of its own.

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
lib=$here/lib
data=$(realpath --canonicalize-missing "${KAFKA_DATA:-$here/../../.kafka}")
port=${KAFKA_PORT:-9092}
controller_port=${KAFKA_CONTROLLER_PORT:-9093}
host=127.0.0.1
heap=${KAFKA_HEAP:--Xms128m -Xmx384m}
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
# Holds the broker's process id, and is locked for as long as that process lives: an old number fools nobody.
pid_file=$data/kafka.pid
# The template is in its name: what is formatted by another one is another.
formatted=$lib/formatted-$(cksum <"$here/server.properties.template" | cut -d ' ' -f 1)
# What a Java has of the broker's classes once it has read and checked them, for the next one; `check` knows which Java.
archive=
options=(-XX:+UseSerialGC -Xlog:cds=off -Xlog:cds+dynamic=off -Djava.awt.headless=true
  -Dlog4j2.configurationFile="$here/log4j2.xml" -cp "$lib/*")

say() { printf '%s\n' "$*"; }
fail() { say "$*" >&2; exit 1; }
lack() { say "$*" >&2; exit 3; }

jars_are_there() { cmp --silent "$here/pom.xml" "$lib/pom.xml"; }
running() { [ -e "$pid_file" ] && ! flock --shared --nonblock "$pid_file" true; }

check() {
  command -v flock >/dev/null || lack "Kafka needs the command flock (util-linux)."
  command -v "$java" >/dev/null || lack "Kafka needs Java 17 or newer, and there is no java here."
  local says version
  says=$("$java" -version 2>&1) || true
  version=$(sed -n 's/.* version "\([0-9]*\).*/\1/p' <<<"$says")
  [ "${version:-0}" -ge 17 ] || lack "Kafka needs Java 17 or newer; this one is ${version:-unknown}."
  jars_are_there || command -v mvn >/dev/null || lack "Kafka needs Maven (mvn) to get its jars, once."
  archive=$lib/classes-$(cksum <<<"$says" | cut -d ' ' -f 1).jsa
}

# Makes lib/ whole or not at all, once for all who ask at the same time; again when pom.xml has changed.
get_jars() {
  jars_are_there && return
  (
    flock 8
    jars_are_there && exit
    rm -rf "$lib.part"
    mvn --quiet --batch-mode --file "$here/pom.xml" -Dlib="$lib.part" package 2>&1 |
      sed $'s/\e\\[[0-9;]*m//g' >&2 || fail "Maven could not get Kafka's jars."
    cp "$here/pom.xml" "$lib.part/"
    rm -rf "$lib"
    mv "$lib.part" "$lib"
  ) 8>"$lib.lock"
}

# With the archive a broker starts for half of the CPU time. Where it could not be made it is empty, and Java goes
# without, as it does where jars or Java are others by now.
use_archive() {
  [ -e "$archive" ] || [ ! -w "$lib" ] || make_archive || true
  [ ! -s "$archive" ] || options+=(-XX:SharedArchiveFile="$archive")
}

# A broker on data of its own, at an address that nobody asks, comes up, ends, and leaves what it has of its classes.
make_archive() (
  flock 8
  [ ! -e "$archive" ] || exit 0
  data=$(mktemp -d) || exit 1
  host=127.0.0.2
  trap 'rm -rf "$data" "$archive.part"' EXIT
  format
  write_settings "$data/log"
  timeout 60 "$java" -Xmx384m -XX:TieredStopAtLevel=1 -XX:ArchiveClassesAtExit="$archive.part" "${options[@]}" \
    kafka.Kafka "$data/server.properties" >/dev/null 2>&1 &
  until accepts_clients || ! kill -0 $! 2>/dev/null; do sleep 0.1; done
  kill -TERM $! 2>/dev/null
  wait $!
  is_readable || { rm -f "$archive.part" && : >"$archive.part"; }
  mv "$archive.part" "$archive"
) 8>"$lib.lock"

# On a full disk it may be cut short, and Java does not survive that.
is_readable() {
  ulimit -c 0
  sync "$archive.part" 2>/dev/null &&
    "$java" -XX:ErrorFile=/dev/null -XX:SharedArchiveFile="$archive.part" "${options[@]}" -version >/dev/null 2>&1
}

write_settings() {
  local text
  text=$(<"$here/server.properties.template")
  text=${text//@LOG_DIR@/"$1"}
  text=${text//@HOST@/"$host"}
  text=${text//@PORT@/"$port"}
  text=${text//@CONTROLLER_PORT@/"$controller_port"}
  printf '%s\n' "$text" >"$data/server.properties"
}

# Formats beside the real place and moves it there, so a format that was cut short is done again.
format() {
  [ -d "$data/log" ] && return
  rm -rf "$data/log.part"
  if [ -d "$formatted" ]; then
    cp -rH "$formatted" "$data/log.part"
    sed -i "s/^cluster.id=.*/cluster.id=$(new_id)/; s/^directory.id=.*/directory.id=$(new_id)/" \
      "$data/log.part/meta.properties"
  else
    write_settings "$data/log.part"
    "$java" -XX:TieredStopAtLevel=1 "${options[@]}" \
      kafka.tools.StorageTool format --cluster-id "$(new_id)" -c "$data/server.properties" >/dev/null
    keep_formatted || rm -rf "$formatted.$$"
  fi
  mv "$data/log.part" "$data/log"
}

# For the next folder: to format takes a Java of its own, a third of the CPU time of a start. Whole or not at all.
keep_formatted() {
  [ -w "$lib" ] && cp -r "$data/log.part" "$formatted.$$" && sync "$formatted.$$"/* &&
    mv --no-target-directory "$formatted.$$" "$formatted"
} 2>/dev/null

# 16 random bytes in base64, without signs; the last of the 22 characters carries only two bits: it is fixed.
new_id() {
  say "$(head --bytes 256 /dev/urandom | base64 --wrap 0 | tr -dc 'A-Za-z0-9' | cut -c 1-21)A"
}

run() {
  check
  get_jars
  use_archive
  mkdir -p "$data"
  exec 9<>"$pid_file"
  flock --wait 2 9 || fail "A broker already runs on $data."
  say $$ >"$pid_file"
  say '*' >"$data/.gitignore"
  format
  write_settings "$data/log"
  # shellcheck disable=SC2086  # the heap is several words
  exec "$java" $heap -XX:+ExitOnOutOfMemoryError "${options[@]}" kafka.Kafka "$data/server.properties"
}

# Asks for metadata (request 3, version 1, no topics) and looks for a broker in the reply: an open port is not
# enough, since no topic can be made until the controller counts the broker in.
accepts_clients() (
  { exec 3<>"/dev/tcp/$host/$port"; } 2>/dev/null || exit 1
  printf '\0\0\0\16\0\3\0\1\0\0\0\0\377\377\0\0\0\0' >&3
  reply=$(timeout 1 head --bytes 12 <&3 | od -An -v -tx1 | tr -d ' \n')
  [ "${#reply}" -eq 24 ] && [ "${reply:16}" != 00000000 ]
)

start() {
  check
  running && { say "Kafka already runs."; return; }
  get_jars
  use_archive
  ! accepts_clients || fail "Another Kafka answers on port $port."
  mkdir -p "$data"
  setsid "$here/kafka.sh" run >>"$data/broker.log" 2>&1 </dev/null &
  local pid=$!
  for _ in {1..600}; do
    accepts_clients && { say "Kafka accepts clients on 127.0.0.1:$port."; return; }
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
  done
  tail --lines 20 "$data/broker.log" >&2
  fail "Kafka did not start; $data/broker.log has more."
}

stop() {
  running || { say "Kafka does not run."; return; }
  local pid
  pid=$(<"$pid_file")
  kill -TERM "$pid"
  flock --wait 20 "$pid_file" true || kill -KILL "$pid"
  flock --wait 5 "$pid_file" truncate --size 0 "$pid_file" || fail "Process $pid does not end."
  say "Kafka has ended."
}

status() {
  running || { say "Kafka does not run."; return 1; }
  accepts_clients || { say "Kafka runs but does not answer on port $port."; return 1; }
  say "Kafka accepts clients on 127.0.0.1:$port."
}

case ${1:-} in
  start | stop | status | run | check) "$1" ;;
  *) sed -n '2,/^$/s/^# \{0,1\}//p' "$here/kafka.sh" >&2; exit 2 ;;
esac
