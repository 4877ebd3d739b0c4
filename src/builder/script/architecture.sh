# Checks what an image contains: programs for the job's platform, and the layers of its base.

# check_programs: fails if the image's programs are for another platform, which neither its label nor emulation reveals.
# docs/adr/0020 and 0030 have the rule and its limits.
check_programs() {
  rm -f "$state/programs"
  get_step INDEPENDENT
  [ "$value" != 1 ] || return 0
  read -r id _ <"$state/identified"
  probe=$(docker create --platform "$platform" --label "$label=$key" --entrypoint twinhull "$id") ||
    fail step-failed "$?" "the engine could not create a container from $id"
  read_image_settings
  programs_seen=0
  check_entrypoint
  check_program /bin/sh
  check_sample
  find_programs >"$state/programs"
  docker rm -f "$probe" >/dev/null || :
}

# Reads what starts in the image, in one call to the engine. Go's quotes keep a value in one line.
read_image_settings() {
  words='{{range .Entrypoint}}{{printf "entrypoint %q\n" .}}{{end}}{{range .Cmd}}{{printf "cmd %q\n" .}}{{end}}'
  folders='{{range .Env}}{{printf "env %q\n" .}}{{end}}{{printf "workdir %q\n" .WorkingDir}}'
  docker image inspect -f "{{with .Config}}$words$folders{{end}}" "$id" >"$state/settings"
  image_folder=$(image_setting workdir)
  image_path=$(image_setting env | sed -n 's/^PATH=//p')
}

# image_setting NAME: prints its values, one a line. Characters that Go escapes remain so.
image_setting() { sed -nE "s/^$1 \"(.*)\"\$/\\1/p" "$state/settings"; }

# Checks the program that runs first. The command is an argument of the entrypoint: a script or an init then runs it.
check_entrypoint() {
  image_setting entrypoint >"$state/words"
  kind_of_program=''
  ! first_program || check_program "$word"
  [ "$kind_of_program" != elf ] || return 0
  image_setting cmd >"$state/words"
  ! first_program || check_program "$word"
}

# first_program: sets $word to the first program in $state/words that does not only start another one.
first_program() {
  while read -r word; do
    case $word in
      '' | -* | *=* | tini | */tini | dumb-init | */dumb-init | docker-init | */docker-init | catatonit | */catatonit | env | */env) ;;
      *) return ;;
    esac
  done <"$state/words"
  false
}

# check_program NAME: fails if that program of the image, its interpreter or its loader is for another platform. Ignores
# files that are missing or are no programs. Sets $kind_of_program to elf or script.
check_program() {
  program=$1 kind_of_program=''
  for _ in 1 2 3 4; do
    find_program "$program" || return 0
    machine=$(machines <"$state/file" | head -n 1)
    if [ -n "$machine" ]; then
      programs_seen=$((programs_seen + 1))
      is_native "$machine" || fail wrong-platform 1 "$program is a program for $(machine_name "$machine")$(likely_cause)"
      : "${kind_of_program:=elf}"
    fi
    next=$(program_after)
    [ -n "$next" ] || return 0
    : "${kind_of_program:=script}"
    program=$next
  done
}

# program_after: prints the interpreter that a script names, or the loader of a program.
program_after() {
  LC_ALL=C tr '\000' '\n' <"$state/file" | LC_ALL=C sed -nE '
    s,^#! *([^ ]*/)?env +(-S +)?([^ ]+=[^ ]* +)*([^ ]+).*,\4,p
    t end
    s,^#! *([^ ]+).*,\1,p
    t end
    s,^(/[^ ]*/ld[^ ]*[.]so[^ ]*)$,\1,p
    t end
    d
    :end
    q'
}

# find_program NAME: copies the beginning of a file of the image, as tar, to $state/file. Searches the image's PATH for
# a name without a slash.
find_program() {
  case $1 in
    /*) copy_file_start "$1" ;;
    */*) copy_file_start "$image_folder/$1" ;;
    *)
      folders=${image_path:-/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin}:
      while [ -n "$folders" ]; do
        program=${folders%%:*}/$1 folders=${folders#*:}
        ! copy_file_start "$program" || return 0
      done
      false ;;
  esac
}

copy_file_start() {
  docker cp -L "$probe:$1" - 2>/dev/null | head -c 8192 >"$state/file"
  [ -s "$state/file" ]
}

# machines: prints a letter for the machine of each ELF program or library in standard input, without object files.
# https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html
machines() {
  LC_ALL=C tr '\n\177\000\002\003\267>(' '.\n.23AXR' |
    LC_ALL=C sed -nE 's/^ELF.{12}[23]\.(.)\..*/\1/p; s/^ELF.{12}\.[23].*/B/p'
}

# 32-bit programs run on 64-bit machines.
is_native() { case $platform:$1 in linux/amd64:[X3] | linux/arm64:[AR]) ;; *) false ;; esac; }

# For the other platform. Files for a third machine, such as firmware, count for neither.
is_foreign() { case $platform:$1 in linux/amd64:A | linux/arm64:X) ;; *) false ;; esac; }

machine_name() {
  case $1 in X) echo x86-64 ;; A) echo AArch64 ;; 3) echo i386 ;; R) echo '32-bit ARM' ;; *) echo 'another machine' ;; esac
}

# check_sample: examines the folders that instructions copied into the image, the last first, then the usual places of
# programs. The majority of the programs in the first 32 MiB decides.
check_sample() {
  native=0 foreign=0 first='' left=33554432
  sample_folders >"$state/folders"
  while read -r folder && [ "$left" -gt 0 ]; do
    docker cp -L "$probe:${folder:-/}" - 2>/dev/null </dev/null | head -c "$left" >"$work/sample"
    left=$((left - $(wc -c <"$work/sample")))
    machines <"$work/sample" >"$state/machines"
    while read -r machine || [ -n "$machine" ]; do
      programs_seen=$((programs_seen + 1))
      ! is_native "$machine" || native=$((native + 1))
      is_foreign "$machine" || continue
      foreign=$((foreign + 1))
      [ -n "$first" ] || { first=$folder/ && mv "$work/sample" "$work/first-sample"; }
    done <"$state/machines"
  done <"$state/folders"
  case $platform in linux/amd64) machine=AArch64 ;; *) machine=x86-64 ;; esac
  [ "$foreign" -le "$native" ] ||
    fail wrong-platform 1 "$(foreign_file "$first") is a program for $machine, as are $foreign of $((foreign + native)) programs examined$(likely_cause)"
  [ "$foreign" = 0 ] || mark note "$first contains programs for $machine: $foreign of $((foreign + native)) examined"
  rm -f "$work/sample" "$work/first-sample"
}

# find_programs: prints what is known about programs in the image. Without one in the sample, all files are read, at most
# 128 MiB: the end was reached if fewer blocks came, and docker succeeded.
find_programs() {
  [ "$programs_seen" = 0 ] || { echo some && return; }
  { docker cp "$probe:/" - 2>/dev/null && echo complete >"$state/complete"; } |
    LC_ALL=C dd bs=65536 count=2048 iflag=fullblock 2>"$state/blocks" | machines | head -n 1 >"$state/machines"
  blocks=$(sed -n 's/ records in$//p' "$state/blocks")
  if [ -s "$state/machines" ]; then
    echo some
  elif [ -e "$state/complete" ] && [ "$((${blocks:-2048}))" -lt 2048 ]; then
    echo none
  else
    echo unknown
  fi
  rm -f "$state/complete"
}

sample_folders() {
  seen=''
  {
    docker history --no-trunc --format '{{.CreatedBy}}' "$id" |
      sed -nE 's/^(COPY|ADD) .* ([^ ]+) # buildkit$/\2/p; s/^.*#\(nop\) *(COPY|ADD) .* in ([^ ]+) *$/\2/p' | head -n 8
    [ "${image_folder:-/}" = / ] || echo "$image_folder"
    echo /usr/local/bin
  } | while read -r folder; do
    case $folder in /*) ;; . | ./) folder=$image_folder ;; *) folder=$image_folder/$folder ;; esac
    folder=${folder%/}
    case $seen in *":$folder:"*) ;; *) seen=$seen:$folder: && echo "$folder" ;; esac
  done
}

# foreign_file FOLDER: prints the first foreign program in the sample of that folder or file.
foreign_file() {
  tar -tvf "$work/first-sample" 2>/dev/null |
    sed -nE 's/^-[^ ]+ +[^ ]+ +[0-9]+ +[^ ]+ +[^ ]+ ([^-].*)$/\1/p' | head -n 500 | while read -r name; do
    machine=$(tar -xOf "$work/first-sample" "$name" 2>/dev/null | head -c 64 | machines)
    # Names in the archive begin with the last part of the folder's path.
    folder=${1%/}
    ! is_foreign "$machine" || { echo "${folder%/*}/$name" && break; }
  done | grep . || echo "${1%/}"
}

# likely_cause: prints the line of the Dockerfile that is the likely cause, as the end of a message.
likely_cause() {
  get_step KIND
  [ "$value" = dockerfile ] || return 0
  cd "$source" && name_dockerfile
  case $platform in linux/amd64) other='arm64|aarch64' ;; *) other='amd64|x86[_-]64' ;; esac
  for pattern in "$fixed_platform" "^[[:space:]]*ARG[[:space:]].*=.*($other)" "^[[:space:]]*[^#[:space:]].*($other)"; do
    lines=$(lines_like "$pattern" | head -n 1)
    [ -z "$lines" ] || { printf '; likely cause: %s\n' "$lines" && return; }
  done
}

fixed_platform='^[[:space:]]*FROM[[:space:]]+--platform=[^$[:space:]]+[[:space:]]'

# A fixed platform is right for a stage that only compiles, so it is reported, not refused.
note_fixed_platform() {
  lines_like "$fixed_platform" | head -n 5 | while read -r line; do mark note "not for $platform: $line"; done
}

note_ssh_mounts() {
  lines_like '^[[:space:]]*RUN[[:space:]].*--mount=[^[:space:]]*type=ssh' | head -n 5 | while read -r line; do
    mark note "builds have no ssh agent, give the key as a secret: $line"
  done
}

# lines_like PATTERN: prints matching lines of the Dockerfile, without those that name the job's platform.
lines_like() {
  grep -niE -e "$1" "$dockerfile" | grep -Ev -e "--platform=[\"']?(linux/)?$suffix" | cut -c 1-160 |
    sed 's/^\([0-9]*\):[[:space:]]*/line \1 of the Dockerfile, /'
}

# check_base: fails if the image is not based on its declared base, an earlier image: a Dockerfile must use it, which
# the layers alone do not show if that image adds none to a base of both, and its layers must come first.
check_base() {
  get_step FROM
  [ -n "$value" ] || return 0
  base_name=$value
  get_step FROM_ARG
  base_argument=$value
  base_digest=$(printf %s "$digests" | while read -r name pushed; do [ "$name" != "$base_name" ] || echo "$pushed"; done)
  get_step KIND
  [ "$value" != dockerfile ] || grep -Fqs -e "@$base_digest " "$state/bases" ||
    fail base-unused 1 "its Dockerfile does not use image $base_name, passed in $base_argument"
  read -r id _ <"$state/identified"
  base_id=$(printf %s "$ids" | while read -r name built; do [ "$name" != "$base_name" ] || echo "$built"; done)
  base_layers=$(layers_of "$base_id")
  case $(layers_of "$id") in
    "$base_layers"*) ;;
    *) fail base-unused 1 "its layers do not begin with those of image $base_name, passed in $base_argument" ;;
  esac
}

layers_of() { inspect '{{range .RootFS.Layers}}{{println .}}{{end}}' "$1"; }
