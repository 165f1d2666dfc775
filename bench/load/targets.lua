-- Sends each line of a file, a request target, once, and begins again at the end.
local targets = {}
local at = 0

function init(args)
  for line in io.lines(args[1]) do targets[#targets + 1] = line end
end

function request()
  at = at % #targets + 1
  return wrk.format("GET", targets[at])
end
