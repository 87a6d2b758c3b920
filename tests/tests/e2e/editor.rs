//! A real editor: Neovim, without a screen, with nothing but its own client of the Language Server Protocol.

use offhook_tests::server::{Place, binary, program};
use std::fs;

/// What the editor does; it writes a line for each thing that it saw.
const SCRIPT: &str = r#"
local seen = {}
local function tell(what) table.insert(seen, what) end
local function wait(what, ready)
  if not vim.wait(60000, ready, 20) then tell('not within a minute: ' .. what) end
end
local root = os.getenv('FLOWS')
vim.cmd('edit ' .. root .. '/delivery/status.yaml')
local buffer = vim.api.nvim_get_current_buf()
local client = vim.lsp.start_client({
  name = 'offhook', cmd = { os.getenv('OFFHOOK'), 'lsp' }, root_dir = root,
  workspace_folders = { { uri = vim.uri_from_fname(root), name = 'flows' } },
})
vim.lsp.buf_attach_client(buffer, client)
wait('initialize', function() return vim.lsp.buf_get_clients(buffer)[client] ~= nil
  and vim.lsp.get_client_by_id(client).server_capabilities.hoverProvider end)
local function errors() return #vim.diagnostic.get(buffer, { severity = vim.diagnostic.severity.ERROR }) end
local function line_of(part)
  for number, line in ipairs(vim.api.nvim_buf_get_lines(buffer, 0, -1, false)) do
    local column = line:find(part, 1, true)
    if column then return number - 1, column - 1, line end
  end
end
local function ask(method, more)
  local params = vim.tbl_extend('force', vim.lsp.util.make_position_params(0, 'utf-16'), more or {})
  local answers = vim.lsp.buf_request_sync(buffer, method, params, 60000)
  return answers and answers[client] and answers[client].result
end

-- A mistake appears while it is typed, and goes when it is taken back.
local number, _, line = line_of('next: is-it-known')
vim.api.nvim_buf_set_lines(buffer, number, number + 1, false, { (line:gsub('is%-it%-known', 'is-it-knwon')) })
wait('a mistake', function() return errors() > 0 end)
tell('mistakes ' .. errors())
for _, found in ipairs(vim.diagnostic.get(buffer)) do
  if found.lnum == number then tell('message ' .. found.message:gsub('\n', ' ')) end
end
vim.api.nvim_buf_set_lines(buffer, number, number + 1, false, { line })
wait('no mistake', function() return errors() == 0 end)
tell('mistakes ' .. errors())

-- Going to a node.
local row, column = line_of('is-it-known')
vim.api.nvim_win_set_cursor(0, { row + 1, column + 2 })
local found = ask('textDocument/definition')
if found and found[1] then found = found[1] end
tell('definition ' .. (found and vim.api.nvim_buf_get_lines(buffer, found.range.start.line, found.range.start.line + 1, false)[1] or 'none'))
local help = ask('textDocument/hover')
tell('hover ' .. (help and help.contents.value:match('^[^\n]*') or 'none'))

-- Completion of a node type.
vim.api.nvim_buf_set_lines(buffer, -1, -1, false, { '  more:', '    type: ' })
vim.api.nvim_win_set_cursor(0, { vim.api.nvim_buf_line_count(buffer), 10 })
local items = ask('textDocument/completion') or {}
local words = {}
for _, item in ipairs(items.items or items) do words[item.label] = true end
tell('completion ' .. tostring(words['say'] and words['menu'] and true or false))
vim.api.nvim_buf_set_lines(buffer, -3, -1, false, {})

-- Renaming a node, applied by the editor itself.
vim.api.nvim_win_set_cursor(0, { row + 1, column + 2 })
local edit = ask('textDocument/rename', { newName = 'known-already' })
if edit then vim.lsp.util.apply_workspace_edit(edit, 'utf-16') end
vim.cmd('silent wall')
vim.lsp.stop_client(client)
wait('the end', function() return vim.lsp.get_client_by_id(client) == nil or vim.lsp.get_client_by_id(client).is_stopped() end)
vim.fn.writefile(seen, os.getenv('SEEN'))
vim.cmd('qall!')
"#;

#[test]
fn neovim_is_told_mistakes_and_goes_completes_and_renames() {
    let place = Place::new();
    let (script, seen) = (place.path().join("script.lua"), place.path().join("seen"));
    fs::write(&script, SCRIPT).expect("it can be written");
    let flow = place.flows().join("delivery/status.yaml");
    let before = fs::read_to_string(&flow).expect("the flow is there");
    let talks = place.flows().join("delivery/status.talk.yaml");
    let talked = fs::read_to_string(&talks).expect("its talks are there");
    let mut editor = program("nvim", "neovim");
    editor.args(["--headless", "--clean", "-n", "-i", "NONE", "-c"]).arg(format!("luafile {}", script.display()));
    editor.env("FLOWS", place.flows()).env("OFFHOOK", binary()).env("SEEN", &seen).env("HOME", place.path());
    editor.env("XDG_STATE_HOME", place.path()).env("XDG_CACHE_HOME", place.path());
    let output = editor.stdin(std::process::Stdio::null()).output().expect("it runs");
    let said = fs::read_to_string(&seen).unwrap_or_else(|_| {
        panic!("{}{}", String::from_utf8_lossy(&output.stderr), String::from_utf8_lossy(&output.stdout))
    });
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.first(), Some(&"mistakes 1"), "{said}");
    assert!(
        lines.iter().any(|line| line.starts_with("message") && line.contains("did you mean `is-it-known`?")),
        "{said}"
    );
    for wanted in ["mistakes 0", "definition   is-it-known:", "hover **is-it-known** (branch)", "completion true"] {
        assert!(lines.contains(&wanted), "{wanted:?} is missing in:\n{said}");
    }
    assert_eq!(fs::read_to_string(&flow).expect("it is there"), before.replace("is-it-known", "known-already"));
    assert_eq!(fs::read_to_string(&talks).expect("they are there"), talked.replace("is-it-known", "known-already"));
}
