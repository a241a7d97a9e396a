// How every figure looks, the live ones too: one font (tooltips included), lines and grounds of the theme, and the
// colours that figures call by their meaning.

const MEANT = {
  accent: 'primary-color', right: 'green-color', wrong: 'orange-color', caution: 'yellow-color', quiet: 'gray-color',
  ground: 'background-color',
}

const [WRITTEN, SMALL] = [14, 12] // pixels: what stands in a figure, and along its axes

function lookOf(root) {
  const style = getComputedStyle(root)
  const of = (name) => style.getPropertyValue(`--st-${name}`).trim()
  const categories = of('chart-categorical-colors').split(',').map((colour) => colour.trim())
  return {
    text: of('text-color'),
    grid: of('border-color'),
    ground: of('background-color'),
    raised: of('secondary-background-color'),
    strong: of('primary-color'),
    quiet: of('gray-color'),
    font: of('font'),
    named: (name) => (name in MEANT ? of(MEANT[name]) : categories[name % categories.length]),
  }
}

// Where a colour stands, theme-3 is the fourth of the theme's categories and theme-wrong what it has for what is wrong.
function coloured(look, told, name = '') {
  if (typeof told === 'string') return /color$/.test(name) && told.startsWith('theme-') ? look.named(told.slice(6)) : told
  if (Array.isArray(told)) {
    const each = typeof told[0] === 'object' || /color$/.test(name) // of long columns of numbers none is looked at
    return each ? told.map((one) => coloured(look, one, name)) : told
  }
  if (told === null || typeof told !== 'object') return told
  return Object.fromEntries(Object.entries(told).map(([key, value]) => [key, coloured(look, value, key)]))
}

function commonLook(look) {
  const font = { family: look.font, color: look.text, size: WRITTEN }
  return {
    font,
    paper_bgcolor: 'rgba(0,0,0,0)',
    plot_bgcolor: 'rgba(0,0,0,0)',
    hoverlabel: { bgcolor: look.raised, bordercolor: look.grid, font, align: 'left' },
  }
}

// Inside the plot a legend lies over the grid, which shines through a little.
function legendLook(look) {
  const ground = [1, 3, 5].map((place) => parseInt(look.ground.slice(place, place + 2), 16))
  return { font: { family: look.font, color: look.text, size: SMALL }, bgcolor: `rgba(${ground}, 0.85)` }
}

const axisLook = (look) => ({
  gridcolor: look.grid, zerolinecolor: look.grid, linecolor: look.grid, tickcolor: look.grid, automargin: true,
  tickfont: { size: SMALL },
})
