/** The colours of the plot, from the editor's theme. */
export interface Theme {
  readonly foreground: string;
  readonly muted: string;
  readonly grid: string;
  readonly measured: string;
  readonly predicted: string;
  readonly alert: string;
  readonly selection: string;
  readonly background: string;
  readonly contrast: boolean;
  readonly font: string;
}

export const readTheme = (): Theme => {
  const style = getComputedStyle(document.body);
  const variable = (name: string, fallback: string): string => style.getPropertyValue(name).trim() || fallback;
  const foreground = variable('--vscode-foreground', '#888');
  const contrast =
    document.body.classList.contains('vscode-high-contrast') || document.body.classList.contains('vscode-high-contrast-light');
  return {
    foreground,
    muted: contrast ? foreground : variable('--vscode-descriptionForeground', foreground),
    grid: contrast
      ? variable('--vscode-contrastBorder', foreground)
      : variable('--vscode-editorIndentGuide-background1', variable('--vscode-panel-border', foreground)),
    measured: variable('--vscode-charts-blue', foreground),
    predicted: variable('--vscode-charts-yellow', foreground),
    alert: variable('--vscode-charts-red', foreground),
    selection: contrast ? 'transparent' : variable('--vscode-list-hoverBackground', 'transparent'),
    background: variable('--vscode-editor-background', 'transparent'),
    contrast,
    font: variable('--vscode-font-family', 'sans-serif'),
  };
};
