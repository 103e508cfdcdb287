" `:compiler autocheck`, then `:make %`: findings go to the quickfix list.
if exists('current_compiler')
  finish
endif
let current_compiler = 'autocheck'

CompilerSet makeprg=autocheck\ --format\ short
CompilerSet errorformat=%f:%l:%c:\ %trror[A%n]:\ %m,%f:%l:%c:\ %tarning[A%n]:\ %m
