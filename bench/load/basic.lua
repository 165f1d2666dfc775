-- Sends requests whose Authorization header is taken at random from the lines of a file.
local headers = {}

function init(args)
  for line in io.lines(args[1]) do headers[#headers + 1] = line end
  math.randomseed(os.time() + tonumber(tostring({}):match("0x(%x+)"), 16) % 100000)
end

function request()
  local line = headers[math.random(#headers)]
  return wrk.format("GET", nil, { ["Authorization"] = line, ["X-Forwarded-Proto"] = "https" })
end
