// Nothing is fetched from elsewhere: no fonts, no footer, no search; every import is of what npm has installed.
export default {
	root: 'src',
	title: 'Leads',
	pages: [],
	pager: false,
	sidebar: false,
	toc: false,
	globalStylesheets: [],
	theme: ['air', 'wide'],
	footer: ''
};
