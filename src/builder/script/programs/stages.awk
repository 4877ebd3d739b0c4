# stages.awk: gives each image that a Dockerfile copies from or mounts (`COPY --from=`, `RUN --mount=from=`) a stage of
# its own, before the others. BuildKit pins and prints the digests of images in FROM, and of no others. Writes the new
# text of `file` to `out`. Exits with 1 if nothing is to be changed.
#
# `ONBUILD` instructions of an image run in a stage, but not for a copy. Images that have them get no stage: lines
# `NUMBER DIGEST` of the file `without_stage` give their number among these images and the digest to name, or `-`.
#
# Grammar: https://docs.docker.com/reference/dockerfile/
BEGIN {
  escape = "\\"
  while ((getline text <file) > 0) lines[++last] = text
  while (without_stage != "" && (getline text <without_stage) > 0) {
    split(text, words, " ")
    digest_of[words[1]] = words[2]
  }
  at = read_directives()
  while (at <= last) at = read_instruction(at)
  # This program and the frontend may disagree on where an instruction ends. Nothing that may be a stage is an image.
  for (at = 1; at <= last; at++) if (lines[at] ~ /^[ \t]*[Ff][Rr][Oo][Mm][ \t]/) read_from(lines[at], at)
  for (at = 1; at <= last; at++) if (numbers_in(lines[at]) > numbers_of[at]) exit 1
  for (use = 1; use <= uses; use++) name_image(used[use])
  if (image_count == 0 || first_from == 0) exit 1
  for (use = 1; use <= uses; use++) replace(line_of[use], used[use])
  for (at = 1; at <= last; at++) {
    if (at == first_from) {
      for (number = 1; number <= image_count; number++) {
        if (number in froms) print from_word " " froms[number] " " as_word " twinhull-from-" number >out
      }
    }
    print lines[at] >out
  }
}

# Another frontend than Docker's own may have another grammar. Versions of the frontend differ in whether a directive
# counts after `#!` or an unknown one.
function read_directives(   at, text, is_uncertain) {
  sub(/^\357\273\277/, "", lines[1])
  at = 1
  if (lines[at] ~ /^#!/) at = 2
  is_uncertain = at > 1
  if (lines[at] ~ /^\/\/[ \t]*syntax[ \t]*=/) exit 1
  for (; at <= last; at++) {
    text = tolower(lines[at])
    if (text !~ /^#[ \t]*[a-z]+[ \t]*=/) break
    if (text ~ /^#[ \t]*escape[ \t]*=[ \t]*`/) {
      if (is_uncertain) exit 1
      escape = "`"
    } else if (text ~ /^#[ \t]*syntax[ \t]*=/) {
      if (text !~ /docker\/dockerfile/) exit 1
    } else if (text !~ /^#[ \t]*escape[ \t]*=/) {
      is_uncertain = 1
    }
  }
  return at
}

function is_blank(text) { return text ~ /^[ \t\r]*(#|$)/ }

function is_continued(text) {
  sub(/[ \t\r]*$/, "", text)
  return substr(text, length(text)) == escape
}

# Returns the number of the line after the instruction that begins there, with its here-documents.
function read_instruction(at,   start, end, text, keyword, whole) {
  if (is_blank(lines[at])) return at + 1
  start = at
  whole = ""
  for (; at <= last; at++) {
    if (at > start && is_blank(lines[at])) continue
    end = at
    text = lines[at]
    sub(/[ \t\r]*$/, "", text)
    if (!is_continued(text)) {
      whole = whole text
      break
    }
    whole = whole substr(text, 1, length(text) - 1)
  }
  at = end + 1
  sub(/^[ \t]*/, "", whole)
  keyword = toupper(whole)
  sub(/[ \t].*/, "", keyword)
  if (keyword == "FROM") read_from(whole, start)
  if (keyword == "RUN" || keyword == "COPY") read_flags(keyword, start, end)
  if (keyword == "RUN" || keyword == "COPY" || keyword == "ADD") at = after_documents(whole, at)
  return at
}

function read_from(whole, start,   words, count, number) {
  sub(/^[ \t]*/, "", whole)
  sub(/[ \t\r]*$/, "", whole)
  count = split(whole, words, /[ \t]+/)
  if (first_from == 0) {
    first_from = start
    from_word = words[1] # BuildKit warns if the case of instructions differs
    as_word = from_word == "from" ? "as" : "AS"
  }
  for (number = 2; number < count; number++) if (toupper(words[number]) == "AS") names[tolower(words[number + 1])] = 1
  if (tolower(words[count]) ~ /^twinhull-from-/) exit 1
}

# The flags come first, on one line or several.
function read_flags(keyword, start, end,   at, rest, word, parts, count, part) {
  for (at = start; at <= end; at++) {
    if (at > start && is_blank(lines[at])) continue
    rest = lines[at]
    if (at == start) sub(/^[ \t]*[A-Za-z]+/, "", rest)
    sub(/\r$/, "", rest)
    while (match(rest, /^[ \t]*[^ \t]+/)) {
      word = substr(rest, 1, RLENGTH)
      rest = substr(rest, RLENGTH + 1)
      sub(/^[ \t]*/, "", word)
      if (word == escape) break
      if (word !~ /^--/) return
      if (keyword == "COPY" && word ~ /^--from=/) note_use(at, substr(word, 8))
      if (keyword == "RUN" && word ~ /^--mount=/) {
        count = split(substr(word, 9), parts, ",")
        for (part = 1; part <= count; part++) if (parts[part] ~ /^from=/) note_use(at, substr(parts[part], 6))
      }
    }
  }
}

# Leaves out what only the frontend can interpret.
function note_use(at, source) {
  if (tolower(source) == "scratch" || source !~ /^[A-Za-z0-9][]A-Za-z0-9._:\/@[-]*$/) return
  uses++
  if (source ~ /^[0-9]+$/) numbers_of[at]++
  line_of[uses] = at
  used[uses] = source
}

# How many stages a line gives by their number, or by a variable, which may be one: in any form, such as in quotes.
function numbers_in(text,   count) {
  count = 0
  while (match(text, /(--from=|--mount=[^ \t]*from=)["']?[0-9$]/)) {
    text = substr(text, RSTART + RLENGTH - 1)
    if (text !~ /^[0-9]/ || text ~ /^[0-9]+(["']?[, \t\r\\`]|["']?$)/) count++
  }
  return count
}

function is_image(source) { return source !~ /^[0-9]+$/ && !(tolower(source) in names) }

function name_image(source) {
  if (!is_image(source) || source in image_number) return
  image_number[source] = ++image_count
  if (image_count in digest_of) return
  froms[image_count] = source
  stage_count++
}

# Stages that are given by their number come later now.
function replace(at, source,   old, new, number, position, before, after) {
  number = image_number[source]
  if (source ~ /^[0-9]+$/) new = "from=" (source + stage_count)
  else if (!is_image(source)) return
  else if (number in froms) new = "from=twinhull-from-" number
  else if (digest_of[number] == "-" || source ~ /@/) return
  else new = "from=" source "@" digest_of[number]
  old = "from=" source
  for (position = replaced_to[at] + 1; position <= length(lines[at]); position++) {
    if (substr(lines[at], position, length(old)) != old) continue
    before = substr(lines[at], position - 1, 1)
    after = substr(lines[at], position + length(old), 1)
    if (before !~ /[-,=]/ || (after != "" && after !~ /[, \t\r]/)) continue
    lines[at] = substr(lines[at], 1, position - 1) new substr(lines[at], position + length(old))
    replaced_to[at] = position + length(new) - 1
    return
  }
}

# A word that looks like the start of a here-document, but is without an end, is only text.
function after_documents(whole, at,   words, count, number, word, strip, next_line, text) {
  count = split(whole, words, /[ \t]+/)
  for (number = 2; number <= count; number++) {
    word = words[number]
    if (word !~ /^[0-9]*<<-?[^<]+$/) continue
    strip = word ~ /^[0-9]*<<-/
    sub(/^[0-9]*<<-?/, "", word)
    gsub(/["']/, "", word)
    for (next_line = at; next_line <= last; next_line++) {
      text = lines[next_line]
      sub(/\r$/, "", text)
      if (strip) sub(/^\t+/, "", text)
      if (text == word) {
        at = next_line + 1
        break
      }
    }
  }
  return at
}
