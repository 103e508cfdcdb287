if exists('b:current_syntax')
  finish
endif

syn sync fromstart
syn match autoComment /#.*$/ contains=@Spell,autoIgnore
syn match autoIgnore /autocheck: ignore A\d\{3}/ contained
syn keyword autoStepType START LLM_CALL GET_USER_INPUT LOGIC_DECISION EMBEDDING_SEARCH REST_API WEB_SCRAPE PYTHON TEXT_TO_JSON DATA_TRANSFORM nextgroup=autoStepName skipwhite
syn match autoStepName /\h\w*/ contained
syn match autoDeclaration /^\s*\%(automation\|description\|input\|secret\|type\|result\|max_cost\|test\|expect\)\>\%(\s*:\)\@!/
syn keyword autoKeyword on_error prompt_template when else in from end
syn keyword autoType text int number bool json bytes url list one_of
syn keyword autoConstant true false null
syn keyword autoScope inputs secrets session
syn match autoKey /\h\w*\ze\s*:/
syn match autoArrow /->/
syn match autoNumber /\<\d\+\%(\.\d\+\)\?\%([eE][-+]\?\d\+\)\?u\?\>/
syn match autoDuration /\<\%(\d\+\%(ms\|[smhd]\)\)\+\>/
syn match autoEscape /\\\%(["'\\`?abfnrtv]\|x\x\{2}\|u\x\{4}\|U\x\{8}\|[0-3]\o\{2}\)/ contained
syn match autoDollar /\$\${/ contained
syn region autoInterpolation matchgroup=autoBrace start=/\${/ end=/}/ contained contains=autoText,autoPlain,autoNumber,autoDuration,autoConstant,autoScope,autoKeyword
syn region autoText start=/"/ skip=/\\./ end=/"/ oneline contains=autoEscape,autoDollar,autoInterpolation,@Spell
syn region autoText start=/"""/ skip=/\\./ end=/"""/ contains=autoEscape,autoDollar,autoInterpolation,@Spell
syn region autoPlain start=/'/ skip=/\\./ end=/'/ oneline contains=autoEscape
syn region autoPlain start=/'''/ end=/'''/
syn region autoRaw start=/\<[rR]"/ end=/"/ oneline
syn region autoRaw start=/\<[rR]'/ end=/'/ oneline
syn region autoProgram start=/\<\%(code\|jq\|regex\)\s*:\s*"\%("""\)\@!/ end=/"/ oneline contains=autoKey
syn include @autoPython syntax/python.vim
syn region autoCode matchgroup=autoText start=/\<code\s*:\s*\z("""\|'''\)/ end=/\z1/ contains=@autoPython

hi def link autoComment Comment
hi def link autoIgnore SpecialComment
hi def link autoStepType Statement
hi def link autoStepName Function
hi def link autoDeclaration Structure
hi def link autoKeyword Keyword
hi def link autoType Type
hi def link autoConstant Constant
hi def link autoScope Identifier
hi def link autoKey Identifier
hi def link autoArrow Operator
hi def link autoNumber Number
hi def link autoDuration Number
hi def link autoEscape SpecialChar
hi def link autoDollar SpecialChar
hi def link autoBrace Delimiter
hi def link autoText String
hi def link autoPlain String
hi def link autoRaw String
hi def link autoProgram String

let b:current_syntax = 'auto'
