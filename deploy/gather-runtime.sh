#!/bin/sh
# Lays out the root of the image but for /app: the Node.js that is running npm here, and the shared
# libraries that it and the native packages load, at the paths where they are now. Takes out of
# node_modules what is not for this system or only for compiling.
# Usage: gather-runtime.sh NODE_MODULES ROOT
set -eu
modules=$1
root=$2

# A link to a package of this repository that the server does not use, and npm's own files.
rm -rf "$modules/@sallyport" "$modules/.bin" "$modules/.package-lock.json"
rm -rf "$modules/better-sqlite3/deps" "$modules/better-sqlite3/src"

node=$(node -p process.execPath)
mkdir -p "$root/usr/local/bin" "$root/etc" "$root/tmp"
chmod 1777 "$root/tmp"
cp "$node" "$root/usr/local/bin/node"

# Native packages bring a build for each system. Those whose libraries are not here are not ours.
find "$modules" -name '*.node' | while read -r addon; do
  if ! libraries=$(ldd "$addon" 2>&1) || echo "$libraries" | grep -q "not found"; then
    rm "$addon"
  fi
done
{
  ldd "$node"
  find "$modules" -name '*.node' -exec ldd {} \;
} | grep -oE '/[^ :]+\.so[^ :]*' | sort -u | while read -r library; do
  mkdir -p "$root$(dirname "$library")"
  cp -L "$library" "$root$library"
done

# The audit trail names who ran a command; names of hosts come from /etc/hosts and DNS.
echo 'sallyport:x:65532:65532:Sallyport:/data:/nonexistent' >"$root/etc/passwd"
echo 'sallyport:x:65532:' >"$root/etc/group"
echo 'hosts: files dns' >"$root/etc/nsswitch.conf"
