-- Neovim's own client speaks to `autocheck lsp`: findings, hover, completion, rename, formatting.
-- From 0.8 on `vim.lsp.start` would do; 0.7, which Debian 12 has, needs the two calls.
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
      map('gd', 'definition')
      map('gr', 'references')
    end
  end,
})
