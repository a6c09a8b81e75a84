#!/usr/bin/env bash
# Brings a bare Debian 12 (or newer) machine to where Lepton builds and its tests run. Idempotent: each step is skipped
# when its result is already there, and a second run takes less than a second.
#
#   tools/setup.sh            everything except CUDA
#   LEPTON_CUDA=ON tools/setup.sh   also the CUDA 13.0 compiler, from wheels, if the system has none
#
# System packages come from apt. All else goes to .deps/ and leaves with `rm -rf .deps`:
#   .deps/{include,lib}  librdkafka and libsodium, built from Debian's source packages if the system's are too old
#   .deps/venv           wheels: CMake, OpenVINO, what the tests use, and the CUDA compiler when asked for
#   .deps/kafka          Apache Kafka, the broker that the tests start
#   .deps/stamps         one file a step, holding the hash of what the step was made from
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly deps="$PWD/.deps"
readonly cuda="${LEPTON_CUDA:-AUTO}"
readonly jobs="${LEPTON_JOBS:-$(nproc)}"
readonly rdkafka_at_least=2.11.0
readonly sodium_at_least=1.0.19
# Debian releases to take the newer sources from, the most settled first.
readonly source_releases="forky sid"

packages=(
  # compiler and tools
  build-essential g++ ninja-build ccache git pkg-config python3 python3-venv ca-certificates
  # libraries that Debian 12 ships new enough
  libcaf-dev libyaml-cpp-dev libsimdjson-dev libcli11-dev libspdlog-dev libfmt-dev libabsl-dev nlohmann-json3-dev
  prometheus-cpp-dev libcpp-httplib-dev libdnnl-dev libgtest-dev libgmock-dev libbenchmark-dev
  libzmq3-dev cppzmq-dev
  # what librdkafka is built with: TLS, SASL, OAuth, compression
  zlib1g-dev libssl-dev libzstd-dev liblz4-dev libsasl2-dev libcurl4-openssl-dev
  # the broker that the tests start, and a client that is not ours to check it with
  maven kcat
  # what the network tests watch the wire with, and make certificates with
  tcpdump openssl
)

say() { printf 'setup: %s\n' "$*"; }
fail() { printf 'setup: error: %s\n' "$*" >&2; exit 1; }
as_root() { if [[ $EUID -eq 0 ]]; then "$@"; else sudo "$@"; fi; }

# A step is done when its stamp holds the hash of its inputs. The place of .deps is one of them, since .pc files and the
# virtual environment contain it.
fingerprint() { { printf '%s\n' "$deps" "$@"; } | sha256sum | cut -d' ' -f1; }
is_done() { [[ -f "$deps/stamps/$1" && "$(<"$deps/stamps/$1")" == "$2" ]]; }
mark_done() { mkdir -p "$deps/stamps" && printf '%s\n' "$2" >"$deps/stamps/$1"; }

log_of() { mkdir -p "$deps/logs" && printf '%s/logs/%s.log' "$deps" "$1"; }
# Runs a command with its output in a log; shows the end of it when the command fails.
quietly() {
  local log
  log="$(log_of "$1")"
  shift
  if ! "$@" >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    fail "'$*' failed; the whole output is in $log"
  fi
}

has_java() {
  local version
  version="$(java -version 2>&1 | sed -nE '1s/.*version "([0-9]+).*/\1/p')" || return 1
  [[ -n "$version" && "$version" -ge 17 ]]
}

# --- system packages -------------------------------------------------------------------------------------------------

install_system_packages() {
  has_java || packages+=(default-jdk-headless)
  local missing=() present
  # dpkg-query fails when it does not know one of the packages.
  present="$({ dpkg-query -W -f '${Package} ${db:Status-Status}\n' "${packages[@]}" 2>/dev/null || true; } | sed -n 's/ installed$//p')"
  for package in "${packages[@]}"; do
    grep -qxF -- "$package" <<<"$present" || missing+=("$package")
  done
  [[ ${#missing[@]} -eq 0 ]] && return
  command -v apt-get >/dev/null || fail "needs apt-get to install: ${missing[*]}"
  say "installing system packages: ${missing[*]}"
  quietly apt-update as_root apt-get -o Acquire::Retries=3 update
  quietly apt-install as_root env DEBIAN_FRONTEND=noninteractive apt-get -o Acquire::Retries=3 install -y --no-install-recommends "${missing[@]}"
}

# --- librdkafka and libsodium ----------------------------------------------------------------------------------------

# apt with a configuration of its own, so that the system's package sources stay as they are.
private_apt() {
  local tool="$1"
  shift
  "$tool" -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$deps/apt/sources" \
    -o Dir::State::lists="$deps/apt/lists" -o Dir::Cache="$deps/apt/cache" -o APT::Sandbox::User="$(id -un)" \
    -o Acquire::Languages=none -o Acquire::Retries=3 "$@"
}

# Prints the mirror of the system's own Debian sources, or nothing.
system_mirror() {
  apt-get indextargets --format '$(REPO_URI) $(CODENAME) $(LABEL)' 2>/dev/null |
    awk '$3 == "Debian" && $2 !~ /security|updates|backports/ && !found { print $1; found = 1 }'
}

# Prints the keyring file that goes with it.
system_keyring() {
  local keyring=/usr/share/keyrings/debian-archive-keyring
  for candidate in "$keyring.pgp" "$keyring.gpg"; do
    [[ -r "$candidate" ]] && { printf '%s' "$candidate"; return; }
  done
}

enable_newer_sources() {
  [[ -n "${newer_sources_ready:-}" ]] && return
  local mirror keyring
  mirror="$(system_mirror)"
  if [[ -z "$mirror" ]]; then
    # Nothing is known before the first update; containers ship without lists.
    quietly apt-update as_root apt-get -o Acquire::Retries=3 update
    mirror="$(system_mirror)"
  fi
  keyring="$(system_keyring)"
  [[ -n "$mirror" && -n "$keyring" ]] || fail "no Debian mirror or keyring found in the system's apt configuration"
  mkdir -p "$deps"/apt/{sources,lists/partial,cache/archives/partial}
  printf 'Types: deb-src\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: %s\n' \
    "$mirror" "$source_releases" "$keyring" >"$deps/apt/sources/newer.sources"
  quietly apt-sources private_apt apt-get update
  newer_sources_ready=1
}

# unpack_source <package> <least version> <directory> [dpkg-source options]
# Leaves the sources of the first release that has the package new enough in <directory>. apt checks the files against
# the release's signature, so dpkg-source need not know the maintainer's key.
unpack_source() {
  local package="$1" at_least="$2" directory="$3" version=""
  shift 3
  enable_newer_sources
  version="$(private_apt apt-cache showsrc --only-source "$package" | sed -n 's/^Version: //p' | sort -V |
    while read -r v; do dpkg --compare-versions "$v" ge "$at_least" && { echo "$v"; break; }; done || true)"
  [[ -n "$version" ]] || fail "no $package >= $at_least in Debian's $source_releases"
  rm -rf "$directory" && mkdir -p "$directory"
  say "building $package $version from Debian's sources: the system has none >= $at_least"
  (
    cd "$directory"
    quietly "$package-download" private_apt apt-get source --download-only --only-source "$package=$version"
    quietly "$package-unpack" dpkg-source --no-check "$@" -x ./*.dsc source
  )
}

system_has() { env -u PKG_CONFIG_PATH pkg-config --atleast-version="$2" "$1" 2>/dev/null; }

build_librdkafka() {
  local stamp
  system_has rdkafka "$rdkafka_at_least" && return
  stamp="$(fingerprint "$rdkafka_at_least $source_releases" "$(declare -f build_librdkafka_sources)")"
  is_done librdkafka "$stamp" || { build_librdkafka_sources; mark_done librdkafka "$stamp"; }
}

build_librdkafka_sources() {
  local work="$deps/build/librdkafka"
  # Debian's patches only swap the bundled cJSON and nanopb for packages that Debian 12 lacks: leave them out.
  rm -f "$deps"/lib/librdkafka* "$deps"/lib/pkgconfig/rdkafka*
  unpack_source librdkafka "$rdkafka_at_least" "$work" --skip-patches
  (
    cd "$work/source"
    export CFLAGS="-O2 -fPIC -fstack-protector-strong" CXXFLAGS="-O2 -fPIC -fstack-protector-strong"
    # Without C11 threads it uses pthreads, which ThreadSanitizer knows.
    quietly librdkafka-configure ./configure --prefix="$deps" --libdir="$deps/lib" --enable-ssl --enable-gssapi \
      --enable-zlib --enable-zstd --enable-lz4-ext --enable-curl --disable-c11threads --disable-debug-symbols
    quietly librdkafka-build nice make -j"$jobs" libs
    quietly librdkafka-install make install-subdirs
  )
  rm -rf "$work"
}

build_libsodium() {
  local stamp
  system_has libsodium "$sodium_at_least" && return
  stamp="$(fingerprint "$sodium_at_least $source_releases" "$(declare -f build_libsodium_sources)")"
  is_done libsodium "$stamp" || { build_libsodium_sources; mark_done libsodium "$stamp"; }
}

build_libsodium_sources() {
  local work="$deps/build/libsodium"
  unpack_source libsodium "$sodium_at_least" "$work"
  (
    cd "$work/source"
    export CFLAGS="-O2 -fPIC -fstack-protector-strong"
    quietly libsodium-configure ./configure --prefix="$deps" --libdir="$deps/lib" --enable-static --enable-shared --with-pic \
      --disable-dependency-tracking
    quietly libsodium-build nice make -j"$jobs"
    quietly libsodium-install make install
  )
  rm -rf "$work"
}

# --- wheels ----------------------------------------------------------------------------------------------------------

install_wheels() {
  local python=/usr/bin/python3 stamp
  [[ -x "$python" ]] || python=python3
  stamp="$(fingerprint "$(<tools/requirements.txt)" "$("$python" --version)")"
  is_done wheels "$stamp" && return
  say "installing wheels into .deps/venv: $(sed -n 's/^\([a-z][^#]*\)/\1/p' tools/requirements.txt | tr '\n' ' ')"
  # The environment stays if it still works: others may be using it.
  if [[ "$("$deps/venv/bin/python" --version 2>/dev/null)" != "$("$python" --version)" ]]; then
    rm -rf "$deps/venv" "$deps/stamps/cuda"
    quietly venv "$python" -m venv "$deps/venv"
  fi
  quietly wheels "$deps/venv/bin/python" -m pip install --disable-pip-version-check --no-input -r tools/requirements.txt
  mark_done wheels "$stamp"
}

# --- CUDA ------------------------------------------------------------------------------------------------------------

system_cuda() {
  local nvcc
  nvcc="$(command -v nvcc || true)"
  [[ -n "$nvcc" || ! -x /usr/local/cuda/bin/nvcc ]] || nvcc=/usr/local/cuda/bin/nvcc
  [[ -n "$nvcc" ]] && "$nvcc" --version | grep -q 'release 13\.'
}

install_cuda() {
  [[ "$cuda" == ON ]] || return 0
  system_cuda && return 0
  local stamp root
  stamp="$(fingerprint "$(<tools/requirements-cuda.txt)" "$(<tools/requirements.txt)" "$(declare -f install_cuda)")"
  is_done cuda "$stamp" && return
  say "installing the CUDA compiler from wheels (LEPTON_CUDA=ON and no nvcc 13 on this system)"
  quietly cuda-wheels "$deps/venv/bin/python" -m pip install --disable-pip-version-check --no-input \
    -r tools/requirements-cuda.txt
  root="$("$deps/venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/nvidia/cu13"
  [[ -x "$root/bin/nvcc" ]] || fail "the wheels brought no nvcc to $root/bin"
  # The wheels lack what a linker and CMake look for: lib64, and names without a version.
  ln -sfn lib "$root/lib64"
  local library plain
  for library in "$root"/lib/lib*.so.*; do
    plain="${library%%.so.*}.so"
    [[ -e "$plain" ]] || ln -s "$(basename "$library")" "$plain"
  done
  ln -sfn "$root" "$deps/cuda"
  mark_done cuda "$stamp"
}

# --- the broker for the tests ----------------------------------------------------------------------------------------

install_kafka() {
  local pom=tests/support/kafka/pom.xml stamp
  stamp="$(fingerprint "$(<"$pom")")"
  is_done kafka "$stamp" && return
  say "fetching the Kafka broker that the tests start, into .deps/kafka"
  rm -rf "$deps/kafka"
  quietly kafka mvn -B -q -f "$pom" dependency:copy-dependencies -DincludeScope=runtime \
    -DoutputDirectory="$deps/kafka/libs"
  mark_done kafka "$stamp"
}

# ---------------------------------------------------------------------------------------------------------------------

case "$cuda" in AUTO | ON | OFF) ;; *) fail "LEPTON_CUDA is '$cuda'; use AUTO, ON or OFF" ;; esac
install_system_packages
mkdir -p "$deps"
# Two runs at once would undo each other's work.
exec 9>"$deps/lock"
flock 9
build_librdkafka
build_libsodium
install_wheels
install_cuda
install_kafka
[[ -z "${newer_sources_ready:-}" ]] || rm -rf "$deps/apt"
say "ready"
