autocmd BufRead,BufNewFile *.auto setfiletype auto
