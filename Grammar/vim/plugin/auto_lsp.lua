-- Neovim's own client speaks to `autocheck lsp`: findings, hover, completion, rename, formatting, lenses.
-- From 0.8 on `vim.lsp.start` would do; 0.7, which Debian 12 has, needs the two calls.

-- The lenses above an automation and its tests run `autorun` in a terminal below.
local function run(words)
  vim.cmd('botright 12new')
  vim.fn.termopen(words)
end

vim.lsp.commands['auto.run'] = function(command)
  run({ 'autorun', 'run', command.arguments[1] })
end
vim.lsp.commands['auto.test'] = function(command)
  local words = { 'autorun', 'test', command.arguments[1] }
  if command.arguments[2] then
    vim.list_extend(words, { '--filter', command.arguments[2] })
  end
  run(words)
end

vim.api.nvim_create_autocmd('FileType', {
  pattern = 'auto',
  callback = function(event)
    if vim.fn.executable('autocheck') == 0 then
      return
    end
    local folder = vim.fn.fnamemodify(vim.api.nvim_buf_get_name(event.buf), ':p:h')
    if vim.g.auto_lsp_client == nil then
      vim.g.auto_lsp_client = vim.lsp.start_client({
        name = 'autocheck',
        cmd = { 'autocheck', 'lsp' },
        root_dir = folder,
        on_exit = function()
          vim.g.auto_lsp_client = nil
        end,
      })
    end
    if vim.g.auto_lsp_client then
      vim.lsp.buf_attach_client(event.buf, vim.g.auto_lsp_client)
      vim.api.nvim_buf_set_option(event.buf, 'omnifunc', 'v:lua.vim.lsp.omnifunc')
      local function map(key, action)
        vim.api.nvim_buf_set_keymap(event.buf, 'n', key, '<cmd>lua vim.lsp.buf.' .. action .. '()<cr>', { silent = true })
      end
      map('K', 'hover')
      map('<C-k>', 'signature_help')
      map('gd', 'definition')
      map('gr', 'references')
      vim.api.nvim_create_autocmd({ 'BufEnter', 'InsertLeave' }, {
        buffer = event.buf,
        callback = function()
          vim.lsp.codelens.refresh()
        end,
      })
      vim.api.nvim_buf_set_keymap(event.buf, 'n', 'gl', '<cmd>lua vim.lsp.codelens.run()<cr>', { silent = true })
    end
  end,
})
