#!/bin/sh
# Makes .venv with the pinned requirements: `bootstrap.sh run` those Karlos runs on, `bootstrap.sh test` those of the tests as well.
# Needs no root and writes nothing outside the clone. Killed in the middle, it starts over: the stamps are written last.
set -eu

cd "$(dirname "$0")/.."
wanted=${1:-run}
venv_python=.venv/bin/python
able='import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))'
recent='import sys; sys.exit(sys.version_info < (3, 11))'
export PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PIP_REQUIRE_VIRTUALENV=1
unset PYTHONHOME PYTHONPATH

give_up() {
    echo "Karlos: $*" >&2
    exit 1
}

# An interpreter that can make an environment; of those that lack only the venv module, the last is remembered.
find_interpreter() {
    unable=
    for candidate in ${PYTHON:+"$PYTHON"} python3.13 python3.12 python3.11 python3; do
        if "$candidate" -c "$able" 2>/dev/null; then
            interpreter=$candidate
            return 0
        fi
        if "$candidate" -c "$recent" 2>/dev/null; then
            unable=$candidate
        fi
        if [ "$candidate" = "${PYTHON:-}" ]; then
            break
        fi
    done
    return 1
}

explain() {
    if [ -n "$unable" ]; then
        give_up "$unable cannot make virtual environments; install what it lacks: apt install $(basename "$unable")-venv"
    fi
    if [ -n "${PYTHON:-}" ]; then
        give_up "PYTHON=$PYTHON is not a Python 3.11 or later."
    fi
    give_up "needs Python 3.11 or later: apt install python3 python3-venv make (macOS: brew install python@3.12)"
}

make_environment() {
    rm -rf .venv
    if find_interpreter; then
        echo "Making .venv with $("$interpreter" -V)"
        words=$("$interpreter" -m venv .venv 2>&1) || give_up "$interpreter -m venv .venv failed: $words"
    elif [ -z "${PYTHON:-}" ] && command -v uv >/dev/null; then
        echo "Making .venv with uv"
        UV_PYTHON_INSTALL_DIR="$PWD/var/python" UV_CACHE_DIR="$PWD/var/uv" uv venv --quiet --seed --python 3.12 .venv ||
            give_up "uv venv failed; its reason is above."
    else
        explain
    fi
}

# Usable: its interpreter is still there and is the one asked for, and pip is complete.
usable() {
    "$venv_python" -c "$recent" 2>/dev/null && "$venv_python" -m pip --version >/dev/null 2>&1 || return 1
    [ -z "${PYTHON:-}" ] && return 0
    identity='import sys; print(sys.version, sys.base_prefix)'
    [ "$("$PYTHON" -c "$identity" 2>/dev/null)" = "$("$venv_python" -c "$identity")" ]
}

# What an installed environment is known by: the requirements and its interpreter.
fingerprint() {
    cat "$@" | cksum
    readlink .venv/bin/python || true
    cat .venv/pyvenv.cfg
}

installed() {
    stamp=$1
    shift
    [ -x "$venv_python" ] && [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(fingerprint "$@")" ]
}

install() {
    stamp=$1
    shift
    echo "Installing the pinned requirements ($*)"
    rm -f "$stamp"
    set -- $(printf -- '-r %s ' "$@")
    "$venv_python" -m pip install --quiet --quiet --require-hashes "$@" ||
        give_up "pip could not install the requirements; its reason is above. Try again when the network is there."
}

ensure() {
    if [ -n "${PYTHON:-}" ] && ! usable || ! installed "$@"; then
        usable || make_environment
        install "$@"
        stamp=$1
        shift
        fingerprint "$@" >"$stamp.new"
        mv "$stamp.new" "$stamp"
    fi
}

case $wanted in
run) ensure .venv/requirements.stamp requirements.txt ;;
test)
    ensure .venv/requirements.stamp requirements.txt
    ensure .venv/requirements-dev.stamp requirements.txt requirements-dev.txt
    ;;
*) give_up "bootstrap.sh run, or bootstrap.sh test" ;;
esac
