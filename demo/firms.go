package demo

// firm is a company that the house works for.
type firm struct{ name, industry, city string }

// firms are eighty companies. The first sixty come with the first import.
var firms = []firm{
	{"Kestrel Hotels", "Hospitality", "Bristol"}, {"Marsh & Lowe Solicitors", "Legal", "Bristol"}, {"Alder Dental Care", "Health", "Bath"},
	{"Tidewater Developments", "Property", "Bristol"}, {"Café Amélie", "Hospitality", "Bath"}, {"Northquay Architects", "Architecture", "Bristol"},
	{"Juniper Yoga", "Leisure", "Cardiff"}, {"The Ropewalk Brewery", "Hospitality", "Bristol"}, {"Wren Lettings", "Property", "Bath"},
	{"Müller & Söhne Möbel", "Furniture", "München"}, {"Oakfield Primary School", "Education", "Bristol"}, {"Brindle Coworking", "Property", "London"},
	{"Spindle & Thread", "Retail", "Bath"}, {"Avon Eye Clinic", "Health", "Bristol"}, {"Halyard Sailing Club", "Leisure", "Bristol"},
	{"Łódź Ceramics", "Manufacturing", "Kraków"}, {"Cobalt Analytics", "Software", "London"}, {"Rosewater Florists", "Retail", "Bath"},
	{"Penhaligon Estates", "Property", "Cardiff"}, {"Hawksmoor Accountants", "Finance", "Bristol"}, {"Saffron Kitchen", "Hospitality", "London"},
	{"Greyfriars Hotel", "Hospitality", "Bath"}, {"株式会社 山本家具", "Furniture", "東京"}, {"Bramble Nurseries", "Education", "Bristol"},
	{"Foxglove Interiors Supply", "Wholesale", "Bristol"}, {"Merchant Street Gallery", "Culture", "Bristol"}, {"Lark & Loom", "Textiles", "Cardiff"},
	{"Stonebridge Builders", "Construction", "Bristol"}, {"مكتب النور للعمارة", "Architecture", "Dubai"}, {"Quayside Physiotherapy", "Health", "Bristol"},
	{"Copperfield Books", "Retail", "Bath"}, {"Meridian Insurance", "Finance", "London"}, {"Pâtisserie Hélène", "Hospitality", "Bath"},
	{"Drummond Joinery", "Construction", "Bristol"}, {"Elm Grove Surgery", "Health", "Cardiff"}, {"Fathom Studios", "Media", "Bristol"},
	{"Gable & Pane Windows", "Construction", "Bath"}, {"Harlequin Theatre", "Culture", "Bristol"}, {"Ivy House Care Home", "Health", "Bath"},
	{"Jackdaw Coffee Roasters", "Hospitality", "Bristol"}, {"Kingsdown Veterinary", "Health", "Bristol"}, {"Lantern Law", "Legal", "London"},
	{"Monks Park Hotel", "Hospitality", "Cardiff"}, {"Nettle & Sage", "Retail", "Bath"}, {"Orchard Lane Developments", "Property", "Bristol"},
	{"Pembroke Tailors", "Retail", "London"}, {"Quillon Software", "Software", "Bristol"}, {"Redcliffe Media", "Media", "Bristol"},
	{"Sjöberg Ljus AB", "Lighting", "Malmö"}, {"Thistle Bank House B&B", "Hospitality", "Bath"}, {"Umber Paints", "Manufacturing", "Bristol"},
	{"Vale Community Trust", "Charity", "Cardiff"}, {"Whitstone Quarry", "Materials", "Bath"}, {"Yew Tree Barns", "Hospitality", "Bath"},
	{"Zephyr Cycling", "Retail", "Bristol"}, {"סטודיו גולן אדריכלים", "Architecture", "Tel Aviv"}, {"Almeida Cork & Tile", "Materials", "Lisboa"},
	{"Boxkite Nursery School", "Education", "Bristol"}, {"Cathedral Quarter Offices", "Property", "Bristol"}, {"Dovecote Weddings", "Events", "Bath"},
	{"Evergreen Dental", "Health", "Cardiff"}, {"Firefly Games", "Software", "Bristol"}, {"Goldfinch Bakery", "Hospitality", "Bristol"},
	{"Hotwells Lofts", "Property", "Bristol"}, {"Isambard Engineering", "Engineering", "Bristol"}, {"Jubilee Cinemas", "Culture", "London"},
	{"Kilter Furniture", "Furniture", "Cardiff"}, {"Larkspur Clinics", "Health", "Bath"}, {"上海明灯照明", "Lighting", "上海"},
	{"Millrace Apartments", "Property", "Bristol"}, {"Nomad Backpackers", "Hospitality", "Bristol"}, {"Opal Street Studio", "Design", "London"},
	{"Peregrine Wealth", "Finance", "London"}, {"Queen Square Dental", "Health", "Bristol"}, {"Rookwood Manor", "Hospitality", "Bath"},
	{"Severn Valley Estates", "Property", "Cardiff"}, {"Tamarind Restaurants", "Hospitality", "London"}, {"Upland Ski & Hike", "Retail", "Cardiff"},
	{"Verdigris Antiques", "Retail", "Bath"}, {"Windmill Hill Nursery", "Education", "Bristol"},
}
